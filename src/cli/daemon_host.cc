#include "cli/daemon_host.h"

#include <unistd.h>

#include "cli/compose.h"
#include "cli/launcher.h"

namespace vinet::cli {
namespace {

constexpr std::chrono::seconds kIdlePatience{3};

/// The command line of a capture whose file goes to standard output.
void add_words(const rpc::CaptureRequest& request, std::vector<std::string>& words) {
  words.insert(words.end(), {"capture", "--write", "-"});
  const auto add = [&words](const char* option, uint64_t value, const char* unit) {
    if (value != 0) words.insert(words.end(), {option, std::to_string(value) + unit});
  };
  add("--count", request.most_packets, "");
  add("--duration", request.duration_us, "us");
  add("--snaplen", request.snap_bytes, "");
  if (!request.taps.empty()) words.emplace_back("--tap-stream");
  words.emplace_back("--");
  words.insert(words.end(), request.names.begin(), request.names.end());
  words.insert(words.end(), request.taps.begin(), request.taps.end());
}

}  // namespace

void DaemonHost::serve(control::Keeper& keeper, MemberPart& member, FleetPart& fleets,
                       const std::string& identity_directory) {
  keeper_ = &keeper;
  member_ = &member;
  fleets_ = &fleets;
  identity_directory_ = identity_directory;
}

void DaemonHost::listen(const rpc::Endpoint& endpoint, std::shared_ptr<pki::Identity> identity) {
  listens_ = rpc::to_string(endpoint);
  identity_ = std::move(identity);
}

std::unique_ptr<control::World> DaemonHost::open_here() {
  return local_world(root_);
}

rpc::DaemonStatus DaemonHost::status() {
  const auto uptime = std::chrono::steady_clock::now() - begin_;
  return {::getpid(),
          VINET_VERSION,
          static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(uptime).count()),
          ends_when_idle_,
          trouble(),
          ending_,
          listens_,
          identity_ ? identity_->trouble() : "",
          store_->controller()};
}

/// As a process of its own from the first moment: what a program needs done to itself
/// (namespaces, mounts, control group) cannot be done in a process that has threads.
Result<rpc::Program> DaemonHost::start_program(const rpc::ProgramRequest& request) {
  std::vector<std::string> words = {"vinet", "--root", root_};
  const auto directory = fleets_->daemon().fleet.directory();
  // What is held here runs here, also where this daemon knows all of the fleet.
  const bool here = request.capture || hosts_of_held(root_, request.node);
  const fleet::Place* place = here ? nullptr : directory->find(request.node);
  if (place != nullptr) {  // its machine's daemon runs it
    words.insert(words.end(), {"--identity", identity_directory_, "--connect", place->daemon});
  } else {
    words.emplace_back("--no-daemon");
  }
  if (request.capture) {
    add_words(*request.capture, words);
  } else {
    words.insert(words.end(), {"exec", request.node, "--"});
    words.insert(words.end(), request.words.begin(), request.words.end());
  }
  rpc::ProgramRequest ours = request;
  ours.environment.push_back(std::string(kEndsWithParent) + "=1");
  return rpc::Program::spawn("/proc/self/exe", std::move(words), ours);
}

bool DaemonHost::begin_work() {
  const std::lock_guard lock(mutex_);
  if (ending_) return false;
  keeper_->give_way();
  ++at_work_;
  return true;
}

bool DaemonHost::end_work() {
  const std::lock_guard lock(mutex_);
  --at_work_;
  keeper_->resume();
  last_work_ = std::chrono::steady_clock::now();
  const bool ends = end_if_idle();
  if (!ends) keeper_->wake();
  if (!ends) fleets_->wake();
  return ends;
}

bool DaemonHost::ends(bool asked) {
  const std::lock_guard lock(mutex_);
  if (asked) ending_ = true;
  if (ending_) return true;
  // Who started it is about to call, and takes its time on a slow computer.
  if (starter_ != 0 && ::getppid() == starter_) return false;
  if (std::chrono::steady_clock::now() - last_work_ < kIdlePatience) return false;
  return end_if_idle();
}

std::string DaemonHost::trouble() {
  const Status may = store_->may_write();
  std::string text = may ? keeper_->trouble() : may.error().message;
  const std::string of_member = member_->trouble();
  if (of_member.empty()) return text;
  return (text.empty() ? "" : text + "\n") + "as a machine of fleets: " + of_member;
}

bool DaemonHost::end_if_idle() {
  if (!ends_when_idle_ || at_work_ > 0) return false;
  if (store_->empty() && member_->idle()) ending_ = true;
  if (ending_ && ended_) ::eventfd_write(ended_.get(), 1);
  return ending_;
}

}  // namespace vinet::cli
