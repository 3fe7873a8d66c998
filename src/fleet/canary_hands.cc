#include "fleet/canary_hands.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "fleet/parallel.h"

namespace vinet::fleet {
namespace {

using machine::CanaryNews;
using machine::CanaryWork;

class Hands {
 public:
  Hands(machine::Machine& here, bool also_here, Fleet& fleet, std::vector<Place> places)
      : here_(here), also_here_(also_here), fleet_(fleet), places_(std::move(places)) {
    for (size_t i = 0; i < places_.size(); ++i) by_place_.emplace(places_[i], i);
  }

  Result<CanaryNews> operator()(const CanaryWork& work) const {
    const std::vector<CanaryWork> parts = part(work);
    std::vector<size_t> who(places_.size());
    for (size_t i = 0; i < who.size(); ++i) who[i] = i;
    if (also_here_) who.push_back(places_.size());
    auto answers = on_all(who, [&](size_t i) -> Result<CanaryNews> {
      if (i == places_.size()) return work_of(here_, parts[i]);
      auto machine = fleet_.member(places_[i].daemon)->machine();
      if (!machine) return at(places_[i], std::move(machine).error());
      auto news = work_of(**machine, parts[i]);
      if (!news) return at(places_[i], std::move(news).error());
      return news;
    });
    CanaryNews all;
    for (Result<CanaryNews>& answer : answers) {
      if (!answer) return std::move(answer).error();
      all.add(*std::move(answer));
    }
    return all;
  }

 private:
  static Result<CanaryNews> work_of(machine::Machine& machine, const CanaryWork& work) {
    ASSIGN_OR_RETURN(machine::CanaryPart * part, machine::canary_part(machine));
    return part->canary_work(work);
  }
  /// The last part is this computer's.
  std::vector<CanaryWork> part(const CanaryWork& work) const {
    std::vector<CanaryWork> parts(places_.size() + 1);
    for (CanaryWork& one : parts) {
      one.nonce = work.nonce;
      one.end = work.end;
    }
    const auto directory = fleet_.directory();
    const auto of = [&](const std::string& space) -> CanaryWork& {
      const Place* place = directory->find(space);
      const auto known = place == nullptr ? by_place_.end() : by_place_.find(*place);
      return parts[known == by_place_.end() ? places_.size() : known->second];
    };
    for (const slice::Slice& slice : work.resolve) of(slice.machine).resolve.push_back(slice);
    for (const std::string& node : work.nodes) of(node).nodes.push_back(node);
    for (const std::string& machine : work.machines) of(machine).machines.push_back(machine);
    for (const machine::CanarySend& send : work.send) of(send.netns).send.push_back(send);
    for (const std::string& space : work.count) of(space).count.push_back(space);
    return parts;
  }

  machine::Machine& here_;
  const bool also_here_;
  Fleet& fleet_;
  const std::vector<Place> places_;
  std::map<Place, size_t> by_place_;
};

}  // namespace

machine::CanaryHands canary_hands(machine::Machine& here, bool also_here, Fleet& fleet,
                                  std::vector<Place> places) {
  return Hands(here, also_here, fleet, std::move(places));
}

}  // namespace vinet::fleet
