#include "rpc/canary_convert.h"

#include "slice/slice_json.h"

namespace vinet::rpc {
namespace {

// What one step of a canary may ask for.
constexpr int kMostSends = 10'000;
constexpr size_t kMostPacketBytes = 2'048;
constexpr int kMostSpaces = 100'000;

std::string text_of(const std::vector<slice::Slice>& slices) {
  return slices.empty() ? "" : slice::to_json(slices);
}
Result<std::vector<slice::Slice>> slices_of(const std::string& text) {
  if (text.empty()) return std::vector<slice::Slice>();
  return slice::from_json(text);
}

}  // namespace

void encode(const machine::CanaryWork& from, v1::CanaryWorkRequest& to) {
  to.set_nonce(from.nonce);
  to.set_resolve(text_of(from.resolve));
  for (const std::string& node : from.nodes) to.add_nodes(node);
  for (const std::string& machine : from.machines) to.add_machines(machine);
  for (const machine::CanarySend& send : from.send) {
    v1::CanarySend& one = *to.add_send();
    one.set_number(send.number);
    one.set_netns(send.netns);
    one.set_device(send.device);
    one.set_to(send.to.bits);
    one.set_packet(send.packet.data(), send.packet.size());
  }
  for (const std::string& space : from.count) to.add_count(space);
  to.set_end(from.end);
}

Result<machine::CanaryWork> decode(const v1::CanaryWorkRequest& from) {
  const auto bad = [](const std::string& what) {
    return Error{Errc::kInvalidArgument, "canary: " + what, 0};
  };
  if (from.send_size() > kMostSends) return bad("too many packets at once");
  if (from.nodes_size() > kMostSpaces || from.machines_size() > kMostSpaces ||
      from.count_size() > kMostSpaces) {
    return bad("too many namespaces at once");
  }
  machine::CanaryWork work;
  work.nonce = from.nonce();
  ASSIGN_OR_RETURN(work.resolve, slices_of(from.resolve()));
  work.nodes = {from.nodes().begin(), from.nodes().end()};
  work.machines = {from.machines().begin(), from.machines().end()};
  for (const v1::CanarySend& send : from.send()) {
    if (send.packet().empty() || send.packet().size() > kMostPacketBytes) {
      return bad("a packet of " + std::to_string(send.packet().size()) + " bytes");
    }
    work.send.push_back({send.number(),
                         send.netns(),
                         send.device(),
                         net::Ipv4{send.to()},
                         {send.packet().begin(), send.packet().end()}});
  }
  work.count = {from.count().begin(), from.count().end()};
  work.end = from.end();
  return work;
}

void encode(const machine::CanaryNews& from, v1::CanaryWorkReply& to) {
  to.set_resolved(text_of(from.resolved));
  for (const auto& [netns, why] : from.deaf) (*to.mutable_deaf())[netns] = why;
  for (const machine::CanaryHeard& heard : from.heard) {
    v1::CanaryHeard& one = *to.add_heard();
    one.set_number(heard.number);
    one.set_netns(heard.netns);
    one.set_device(heard.device);
    one.set_itself(heard.itself);
  }
  for (const auto& [number, why] : from.refused) (*to.mutable_refused())[number] = why;
  for (const auto& [netns, by_reason] : from.drops) {
    v1::CanaryDrops& one = *to.add_drops();
    one.set_netns(netns);
    for (const auto& [reason, count] : by_reason) (*one.mutable_by_reason())[reason] = count;
  }
  for (const auto& [netns, lost] : from.overrun) (*to.mutable_overrun())[netns] = lost;
}

Result<machine::CanaryNews> decode(const v1::CanaryWorkReply& from) {
  machine::CanaryNews news;
  ASSIGN_OR_RETURN(news.resolved, slices_of(from.resolved()));
  news.deaf.insert(from.deaf().begin(), from.deaf().end());
  for (const v1::CanaryHeard& heard : from.heard()) {
    news.heard.push_back({heard.number(), heard.netns(), heard.device(), heard.itself()});
  }
  news.refused.insert(from.refused().begin(), from.refused().end());
  for (const v1::CanaryDrops& drops : from.drops()) {
    news.drops[drops.netns()].insert(drops.by_reason().begin(), drops.by_reason().end());
  }
  news.overrun.insert(from.overrun().begin(), from.overrun().end());
  return news;
}

}  // namespace vinet::rpc
