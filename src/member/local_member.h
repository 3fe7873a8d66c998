// LocalMember: this computer as a machine of fleets (fleet/member.h says what each call promises).
//
//   prepare    checks; a reservation in memory                    no kernel; the store: who speaks
//   commit     store: new records, the old ones beside            a crash from here on goes forward
//              kernel: removals upper first, puts lower first
//              store: the old ones go, the answer is kept
//   a failure  store: the old records again; kernel: back to them
//
// Problem:   calls come twice, late, and from who should not speak any more; the process may end
//            between any two steps.
// Approach:  whatever belongs together is one transaction. A change that is in the store and has
//            not ended is finished by whoever comes next: a call, or the keeper after a start.
// Invariant: an owner's records are all new or all old once a change has ended; no call with an
//            order of an older term, instance or generation has any effect.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "control/supervisor.h"
#include "fleet/member.h"
#include "member/options.h"
#include "member/records.h"
#include "member/refuse.h"
#include "member/store.h"

namespace vinet::member {

/// Kind, object, text: told of what happened.
using Tell =
    std::function<void(const std::string& kind, const std::string& object, const std::string&)>;
/// Names that this computer's own controller has on labs.
using LocalOwners = std::function<std::set<std::string>()>;

class LocalMember final : public fleet::Member {
 public:
  struct Parts {
    OpenMachine open;
    Store* store = nullptr;  ///< must outlive it
    Options options;
    Surroundings surroundings;
    Tell tell;
    LocalOwners local;
  };
  explicit LocalMember(Parts parts);
  ~LocalMember() override;

  Result<fleet::MemberReport> report() override;
  Status prepare(const fleet::Order& order, const std::vector<fleet::Holding>& puts,
                 const std::vector<std::string>& removes,
                 std::chrono::milliseconds patience) override;
  Result<machine::ApplyReport> commit(const fleet::Order& order,
                                      const machine::Options& options) override;
  Status abort(const fleet::Order& order) override;
  Result<machine::ApplyReport> put(const fleet::Order& order,
                                   const std::vector<fleet::Holding>& holdings,
                                   const machine::Options& options) override;
  Result<machine::ApplyReport> remove(const fleet::Order& order,
                                      const std::vector<std::string>& owners,
                                      const machine::Options& options) override;
  Status renew(const fleet::Order& order, const std::string& owner,
               std::optional<uint64_t> lease_s) override;
  Result<machine::ApplyReport> forget(const std::vector<std::string>& owners, bool recursive,
                                      const machine::Options& options) override;
  Result<std::vector<std::string>> recover() override;
  /// Any thread may call it.
  Result<std::shared_ptr<machine::Machine>> machine() override { return looking_; }

  // For the keeper (keeper.h), and for who composes.

  /// What is held now.
  Records held() const;
  /// Is there nothing that it holds, has begun or reserved, and nothing that it cannot read?
  bool idle() const;
  /// May this be a name that it holds? Yes for all while it cannot read its store.
  bool may_hold(const std::string& owner) const;
  std::string trouble() const;
  /// Who keeps: from now on asked for the programs of nodes, told before each change that what it
  /// holds of the kernel must go, and after it that what is held may be another.
  struct Watch {
    std::function<std::vector<control::RunState>()> runs;
    std::function<void()> before_work, after_work;
  };
  void serve(Watch watch);

  struct Keeping {
    bool ends_leases = true;  ///< false: not just now
    std::function<bool()> stop;
    /// Told the slices of the first layer before they are looked at.
    std::function<Status(machine::Machine&, const std::vector<slice::Slice>&)> tend_paths;
  };
  /// One look: finishes what a crash left, ends leases, repairs what strayed. Returns at once where
  /// a call is at work.
  void keep(const Keeping& keeping);
  /// Links above these nodes follow their routes. False where it could not be done now.
  bool follow_routes(const std::set<std::string>& nodes);
  bool at_work() const { return at_work_ > 0; }
  const OpenMachine& open() const { return parts_.open; }
  void tell(const std::string& kind, const std::string& object, const std::string& text) const;

 private:
  struct Reservation {
    fleet::Order order;
    Wish wish;
    std::chrono::milliseconds end{0};  ///< CLOCK_BOOTTIME
    bool committing = false;
  };
  /// A call that changes the kernel: alone, and the keeper gives way.
  class Work {
   public:
    explicit Work(LocalMember& member);
    ~Work();
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;

   private:
    LocalMember& member_;
    std::unique_lock<std::mutex> lock_;
  };

  // local_member.cc: the calls
  Wish wish_of(const fleet::Order& order, const std::vector<fleet::Holding>& puts,
               const std::vector<std::string>& removes) const;
  void expire();
  Result<machine::ApplyReport> change_once(const std::string& key, const fleet::Order& order,
                                           const Wish& wish, const machine::Options& options);

  // admission.cc: what every call is asked before it changes anything
  Status admit(const fleet::Order& order, const std::vector<std::string>& owners);
  Status try_store(const fleet::Order& order);
  Status refuse_troubled(const Wish& wish) const;
  Status check(const fleet::Order& order, const Wish& wish, bool limits);

  // report.cc: what it says of this computer and of what it holds
  plan::Inventory inventory();
  plan::MachineFacts facts();

  // change.cc: a change of what is held, in store and kernel. All under work_.
  Status write(const Changes& changes);
  void write_anyway(const Changes& changes);
  bool mend_store();
  std::optional<Outcome> answered(const std::string& key, const Wish& wish) const;
  Result<machine::ApplyReport> change(const std::string& key, const Wish& wish,
                                      std::optional<uint64_t> generation,
                                      const machine::Options& options);
  Result<machine::ApplyReport> finish(const machine::Options& options);
  Result<machine::ApplyReport> go_forward(const Change& change, const Records& held,
                                          const machine::Options& options);
  Status go_back(const Change& change);
  void say_done(const Change& change, const Records& held);

  // keep.cc: looks. All under work_.
  void end_leases();
  void repair(const Keeping& keeping, const machine::Options& look);
  void repair_one(machine::Machine& machine, const Records& held, const std::string& owner,
                  const machine::Options& how, std::set<std::string>& strayed);
  void set_trouble(const std::string& owner, const std::string& text);
  std::string lost_address(const fleet::Holding& holding) const;

  const Parts parts_;
  const std::shared_ptr<machine::Machine> looking_;
  std::mutex admission_;             // of prepare: what is checked must still be so when reserved
  std::mutex work_;                  // of who changes the kernel; taken before mutex_
  std::atomic<size_t> at_work_ = 0;  // calls, which the keeper gives way to

  mutable std::mutex mutex_;  // of what follows; never held during a call of machine
  Contents contents_;
  bool loaded_ = false;  // the store could be read
  bool dirty_ = false;   // memory is newer than the store
  std::string store_trouble_;
  std::map<std::string, std::string> last_refusal_;  // by store: told once
  std::map<std::string, std::string> troubles_;      // by owner
  std::map<std::string, Reservation> reservations_;
  uint64_t refused_old_ = 0;
  Watch watch_;

  std::mutex inventory_mutex_;
  std::optional<plan::Inventory> inventory_;
  std::chrono::milliseconds inventory_end_{0};
};

}  // namespace vinet::member
