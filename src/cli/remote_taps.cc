#include "cli/remote_taps.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <set>
#include <thread>

#include "cli/capture_output.h"
#include "cli/interrupts.h"
#include "cli/tap_stream.h"
#include "control/spawn.h"
#include "support/fd.h"

namespace vinet::cli {
namespace {

using capture::Packet;
using capture::PacketSource;
using capture::Round;

constexpr int kRoundMs = 20;           // between what a machine says to be complete
constexpr int kHereMs = 5;             // of waiting for packets here, while others may come
constexpr size_t kAtOnce = 256 << 10;  // bytes read of a machine in one turn
constexpr uint64_t kNothingMissing = UINT64_MAX / 2;
constexpr std::chrono::milliseconds kEndPatience{3000};
constexpr std::chrono::seconds kCountEvery{1};

uint64_t now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

}  // namespace

/// A machine, through a child process that is connected with its daemon.
class MergedTaps::Remote {
 public:
  static Result<std::unique_ptr<Remote>> start(const Context& context, std::string daemon,
                                               const std::vector<capture::Tap>& taps,
                                               std::vector<uint32_t> numbers, uint32_t snap_bytes) {
    auto remote = std::unique_ptr<Remote>(new Remote(std::move(daemon), std::move(numbers)));
    std::vector<std::string> words = {"vinet", "--root", context.root};
    if (!context.identity.empty()) {
      words.insert(words.end(), {"--identity", context.identity});
    }
    words.insert(words.end(), {"--connect", remote->daemon_, "capture", "--write", "-"});
    if (snap_bytes != 0) words.insert(words.end(), {"--snaplen", std::to_string(snap_bytes)});
    words.insert(words.end(), {"--tap-stream", "--"});
    for (const uint32_t tap : remote->numbers_) {
      words.push_back(taps[tap].netns + ":" + taps[tap].device);
    }
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return errno_error("make a pipe", errno);
    remote->output_ = Fd(ends[0]);
    const Fd theirs(ends[1]);
    ::fcntl(remote->output_.get(), F_SETFL, O_NONBLOCK);
    control::Spawn spawn;
    spawn.open(0, "/dev/null", O_RDONLY).pass(theirs.get(), 1).pass(2, 2);
    ASSIGN_OR_RETURN(remote->pid_, spawn.run("capture at " + remote->daemon_, "/proc/self/exe",
                                             std::move(words), control::own_environment()));
    return remote;
  }
  /// It ends the program at the other end before it ends itself.
  ~Remote() {
    output_.reset();
    if (pid_ <= 0) return;
    ::kill(pid_, SIGTERM);
    const auto end = std::chrono::steady_clock::now() + kEndPatience;
    while (::waitpid(pid_, nullptr, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() > end) ::kill(pid_, SIGKILL);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
  Remote(const Remote&) = delete;
  Remote& operator=(const Remote&) = delete;

  int descriptor() const { return output_.get(); }
  bool over() const { return !output_; }
  uint64_t complete_ns() const { return complete_ns_; }
  size_t open_taps() const { return over() ? 0 : numbers_.size() - ended_.size(); }

  /// Takes what has come.
  void read(Round& round, std::map<uint32_t, Counts>& counts) {
    if (over()) return;
    std::string why;
    const size_t before = bytes_.size();
    bytes_.resize(before + kAtOnce);
    const ssize_t got = ::read(output_.get(), bytes_.data() + before, kAtOnce);
    bytes_.resize(before + (got > 0 ? static_cast<size_t>(got) : 0));
    if (got == 0) why = "its machine's daemon at " + daemon_ + " says no more";
    if (got < 0 && errno != EAGAIN && errno != EINTR) why = daemon_ + ": " + std::strerror(errno);
    size_t at = 0;
    for (;;) {
      auto record = take_record(bytes_, at);
      if (!record) why = daemon_ + ": " + record.error().message;
      if (!record || !*record) break;
      if (!take(**record, round, counts)) {
        why = daemon_ + ": of a tap that is none";
        break;
      }
    }
    if (!why.empty()) end_all(why, round);
  }

 private:
  Remote(std::string daemon, std::vector<uint32_t> numbers)
      : daemon_(std::move(daemon)), numbers_(std::move(numbers)) {}

  bool take(TapRecord& record, Round& round, std::map<uint32_t, Counts>& counts) {
    if (auto* hello = std::get_if<TapHello>(&record)) {
      set_clock(*hello);
    } else if (auto* packet = std::get_if<Packet>(&record)) {
      if (packet->tap >= numbers_.size()) return false;
      packet->tap = numbers_[packet->tap];
      packet->time_ns += behind_ns_;
      round.packets.push_back(std::move(*packet));
    } else if (const auto* up_to = std::get_if<TapRound>(&record)) {
      complete_ns_ = std::max(complete_ns_, up_to->complete_ns + behind_ns_);
    } else if (const auto* end = std::get_if<Round::End>(&record)) {
      if (end->tap >= numbers_.size()) return false;
      if (ended_.insert(end->tap).second) {
        round.ended.push_back({numbers_[end->tap], end->why});
      }
    } else if (const auto* one = std::get_if<TapCounts>(&record)) {
      if (one->tap >= numbers_.size()) return false;
      counts[numbers_[one->tap]] = one->counts;
    }
    return true;
  }

  /// Computers of one boot have one clock.
  void set_clock(const TapHello& hello) {
    const uint64_t now = now_ns();
    const uint64_t apart = std::max(now, hello.now_ns) - std::min(now, hello.now_ns);
    if (hello.boot == boot_id() || apart <= kMostClockNs) return;
    behind_ns_ = now - hello.now_ns;  // modulo 2^64: also where it is ahead
    fmt::print(stderr,
               "vinet: the clock at {} is {:.3f} s {}; times of its packets are set right\n",
               daemon_, static_cast<double>(apart) / 1e9, now > hello.now_ns ? "behind" : "ahead");
  }

  void end_all(const std::string& why, Round& round) {
    output_.reset();
    for (uint32_t i = 0; i < numbers_.size(); ++i) {
      if (ended_.insert(i).second) round.ended.push_back({numbers_[i], why});
    }
  }

  const std::string daemon_;
  const std::vector<uint32_t> numbers_;  // of its taps, ours
  pid_t pid_ = 0;
  Fd output_;
  std::string bytes_;
  uint64_t complete_ns_ = 0, behind_ns_ = 0;
  std::set<uint32_t> ended_;
};

MergedTaps::~MergedTaps() = default;

Result<std::unique_ptr<MergedTaps>> MergedTaps::open(const Context& context,
                                                     const std::vector<capture::Tap>& taps,
                                                     const std::map<uint32_t, std::string>& daemons,
                                                     uint32_t snap_bytes,
                                                     const OpenHere& open_here) {
  auto merged = std::unique_ptr<MergedTaps>(new MergedTaps());
  std::map<std::string, std::vector<uint32_t>> there;
  std::vector<capture::Tap> here;
  for (uint32_t i = 0; i < taps.size(); ++i) {
    const auto daemon = daemons.find(i);
    if (daemon != daemons.end()) {
      there[daemon->second].push_back(i);
    } else {
      merged->here_taps_.push_back(i);
      here.push_back(taps[i]);
    }
  }
  if (!here.empty()) merged->here_ = open_here(here);
  for (const auto& [daemon, numbers] : there) {
    ASSIGN_OR_RETURN(auto remote, Remote::start(context, daemon, taps, numbers, snap_bytes));
    merged->remotes_.push_back(std::move(remote));
  }
  return merged;
}

void MergedTaps::wait(int timeout_ms) const {
  std::vector<pollfd> ready;
  for (const auto& remote : remotes_) {
    if (!remote->over()) ready.push_back({remote->descriptor(), POLLIN, 0});
  }
  // A look at the end goes on until all have told what came before it.
  ::poll(ready.data(), ready.size(), std::max(timeout_ms, 1));
}

Result<Round> MergedTaps::read(int timeout_ms) {
  Round round;
  round.complete_ns = kNothingMissing;
  if (here_ != nullptr) {
    ASSIGN_OR_RETURN(round, here_->read(std::min(timeout_ms, kHereMs)));
    for (Packet& packet : round.packets) packet.tap = here_taps_[packet.tap];
    for (Round::End& end : round.ended) end.tap = here_taps_[end.tap];
    if (here_->open_taps() == 0) round.complete_ns = kNothingMissing;
  }
  wait(here_ == nullptr ? timeout_ms : 0);
  for (const auto& remote : remotes_) {
    remote->read(round, remote_counts_);
    if (!remote->over()) round.complete_ns = std::min(round.complete_ns, remote->complete_ns());
  }
  return round;
}

PacketSource::Counts MergedTaps::counts(uint32_t tap) {
  const auto here = std::find(here_taps_.begin(), here_taps_.end(), tap);
  if (here != here_taps_.end() && here_ != nullptr) {
    return here_->counts(static_cast<uint32_t>(here - here_taps_.begin()));
  }
  return remote_counts_[tap];
}

size_t MergedTaps::open_taps() const {
  size_t open = here_ == nullptr ? 0 : here_->open_taps();
  for (const auto& remote : remotes_) open += remote->open_taps();
  return open;
}

int stream_taps(const Context& context, const std::vector<std::string>& names,
                uint32_t snap_bytes) {
  std::vector<capture::Tap> taps;
  for (const std::string& name : names) {
    const size_t colon = name.rfind(':');
    if (colon == std::string::npos) return fail(kExitUsage, "'" + name + "' is no NODE:DEVICE");
    capture::Tap tap;
    tap.netns = name.substr(0, colon);
    tap.device = name.substr(colon + 1);
    tap.rest = 0;  // who merges sorts
    taps.push_back(std::move(tap));
  }
  const Interrupts interrupts(Interrupts::Mode::kStop);
  Result<CaptureOutput> output = CaptureOutput::open_file("-");
  if (!output) return fail(output.error());
  std::string bytes;
  append(TapHello{now_ns(), boot_id()}, bytes);
  const auto source = open_taps(context.root, taps, snap_bytes);
  auto next_count = std::chrono::steady_clock::now();
  while (!Interrupts::stopped() && output->has_reader()) {
    Result<Round> round = source->read(kRoundMs);
    if (!round) return fail(round.error());
    for (Packet& packet : round->packets) append(std::move(packet), bytes);
    for (Round::End& end : round->ended) append(std::move(end), bytes);
    if (std::chrono::steady_clock::now() >= next_count) {
      next_count = std::chrono::steady_clock::now() + kCountEvery;
      for (uint32_t i = 0; i < taps.size(); ++i) append(TapCounts{i, source->counts(i)}, bytes);
    }
    append(TapRound{round->complete_ns}, bytes);
    const Status written = output->write(bytes, [] { return Interrupts::stopped(); });
    bytes.clear();
    if (!written && output->has_reader()) return fail(written.error());
  }
  return kExitOk;
}

}  // namespace vinet::cli
