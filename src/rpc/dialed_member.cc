#include "rpc/dialed_member.h"

#include <chrono>
#include <mutex>

namespace vinet::rpc {
namespace {

class DialedMember final : public fleet::Member {
 public:
  explicit DialedMember(Dial dial) : dial_(std::move(dial)) {}

  Result<fleet::MemberReport> report() override {
    const auto began = std::chrono::steady_clock::now();
    bool was_there = false;
    auto said = call([](fleet::Member& member) { return member.report(); }, &was_there);
    // The daemon may be another one than the connection was made to, and be there.
    const bool at_once = std::chrono::steady_clock::now() - began < kAtOnce;
    if (said || said.error().code != Errc::kUnavailable || !was_there || !at_once) return said;
    return call([](fleet::Member& member) { return member.report(); });
  }
  Status prepare(const fleet::Order& order, const std::vector<fleet::Holding>& puts,
                 const std::vector<std::string>& removes,
                 std::chrono::milliseconds patience) override {
    return call(
        [&](fleet::Member& member) { return member.prepare(order, puts, removes, patience); });
  }
  Result<machine::ApplyReport> commit(const fleet::Order& order,
                                      const machine::Options& options) override {
    return call([&](fleet::Member& member) { return member.commit(order, options); });
  }
  Status abort(const fleet::Order& order) override {
    return call([&](fleet::Member& member) { return member.abort(order); });
  }
  Result<machine::ApplyReport> put(const fleet::Order& order,
                                   const std::vector<fleet::Holding>& holdings,
                                   const machine::Options& options) override {
    return call([&](fleet::Member& member) { return member.put(order, holdings, options); });
  }
  Result<machine::ApplyReport> remove(const fleet::Order& order,
                                      const std::vector<std::string>& owners,
                                      const machine::Options& options) override {
    return call([&](fleet::Member& member) { return member.remove(order, owners, options); });
  }
  Status renew(const fleet::Order& order, const std::string& owner,
               std::optional<uint64_t> lease_s) override {
    return call([&](fleet::Member& member) { return member.renew(order, owner, lease_s); });
  }
  Result<machine::ApplyReport> forget(const std::vector<std::string>& owners, bool recursive,
                                      const machine::Options& options) override {
    return call([&](fleet::Member& member) { return member.forget(owners, recursive, options); });
  }
  Result<std::shared_ptr<machine::Machine>> machine() override {
    ASSIGN_OR_RETURN(const std::shared_ptr<Client> client, connected());
    ASSIGN_OR_RETURN(const auto machine, client->member().machine());
    return std::shared_ptr<machine::Machine>(client, machine.get());
  }

 private:
  static constexpr std::chrono::seconds kAtOnce{1};

  /// The connection that is there, or a new one. Who comes while one is being made waits for it.
  Result<std::shared_ptr<Client>> connected(bool* was_there = nullptr) {
    const std::lock_guard lock(mutex_);
    if (was_there != nullptr) *was_there = client_ != nullptr;
    if (client_ == nullptr) {
      ASSIGN_OR_RETURN(client_, dial_());
    }
    return client_;
  }
  void drop(const std::shared_ptr<Client>& client) {
    const std::lock_guard lock(mutex_);
    if (client_ == client) client_.reset();
  }

  template <typename Act>
  auto call(Act act, bool* was_there = nullptr) -> std::invoke_result_t<Act, fleet::Member&> {
    ASSIGN_OR_RETURN(const std::shared_ptr<Client> client, connected(was_there));
    auto answer = act(client->member());
    // Every call may be repeated, and who calls does so; a machine that was slow is dialled anew.
    if (!answer && answer.error().code == Errc::kUnavailable) drop(client);
    return answer;
  }

  const Dial dial_;
  std::mutex mutex_;
  std::shared_ptr<Client> client_;
};

}  // namespace

std::shared_ptr<fleet::Member> make_dialed_member(Dial dial) {
  return std::make_shared<DialedMember>(std::move(dial));
}

}  // namespace vinet::rpc
