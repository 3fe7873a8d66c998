// Problem: ten thousand echoes between a thousand namespaces, from one thread, without losing any
// to our own haste. Approach: one socket per (node, source), opened in batches that fit the limit
// of descriptors; one loop sends while the window is open, reads what epoll reports and looks at a
// heap of timers. An echo leaves the window when it is answered or after a moment, so that lost
// ones do not hold up the rest. Invariant: open_ = echoes sent and neither answered nor older than
// kHold.
#include "machine/ping.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <map>
#include <queue>
#include <tuple>

#include "machine/icmp.h"
#include "support/random.h"

namespace vinet::machine {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr size_t kWindow = 256;
constexpr milliseconds kHold{50};
constexpr milliseconds kRetryAfter{500};
constexpr size_t kMaxSockets = 512;
constexpr size_t kSpareDescriptors = 128;  // for the doors and the rest of the process

struct Source {
  std::string node;
  net::IpAddress address;
  friend auto operator<=>(const Source&, const Source&) = default;
};

size_t sockets_at_once() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur <= 2 * kSpareDescriptors) return 32;
  return std::min<size_t>(kMaxSockets, limit.rlim_cur - kSpareDescriptors);
}

struct Timer {
  Clock::time_point at;
  uint32_t task = 0;
  int attempt = 0;
  bool expires = false;  // else: leaves the window
  bool operator>(const Timer& other) const { return at > other.at; }
};

/// Echoes from a batch of sources.
class Batch {
 public:
  using Times = std::vector<std::optional<uint64_t>>;

  Batch(const std::vector<PingTask>& tasks, const PingOptions& options, const Options& progress,
        uint64_t nonce, Times& times, size_t& finished)
      : tasks_(tasks),
        options_(options),
        progress_(progress),
        nonce_(nonce),
        times_(times),
        finished_(finished) {}
  ~Batch() {
    if (epoll_ >= 0) close(epoll_);
  }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  Status open(kernel::Namespaces& namespaces, const Source& source,
              const std::vector<uint32_t>& tasks) {
    if (epoll_ < 0) epoll_ = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ < 0) return errno_error("epoll", errno);
    ASSIGN_OR_RETURN(EchoSocket socket, EchoSocket::open(namespaces, source.node, source.address,
                                                         false, std::nullopt));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = static_cast<uint32_t>(sockets_.size());
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, socket.descriptor(), &event) != 0)
      return errno_error("epoll", errno);
    for (const uint32_t task : tasks) echoes_[task] = {sockets_.size(), {}, false, false};
    sockets_.push_back(std::move(socket));
    by_socket_.push_back(tasks);
    return ok();
  }

  Status run() {
    // One task of each source in turn: neighbours in time are no neighbours in the network.
    for (size_t row = 0; order_.size() < echoes_.size(); ++row) {
      for (const auto& tasks : by_socket_) {
        if (row < tasks.size()) order_.push_back(tasks[row]);
      }
    }
    size_t left = order_.size(), next = 0;
    while (left > 0) {
      if (progress_.stop && progress_.stop())
        return Error{Errc::kCancelled, "ping: interrupted", 0};
      while (open_ < kWindow && !again_.empty()) {
        send(again_.front());
        again_.pop();
      }
      while (open_ < kWindow && next < order_.size()) send(order_[next++]);
      read_replies(left);
      handle_timers(left);
    }
    return ok();
  }

 private:
  struct State {
    size_t socket = 0;
    std::vector<Clock::time_point> sent;  // of each attempt
    bool in_window = false;
    bool done = false;
  };

  void send(uint32_t index) {
    State& echo = echoes_[index];
    if (echo.done) return;
    const auto now = Clock::now();
    echo.sent.push_back(now);
    const int attempt = static_cast<int>(echo.sent.size());
    const bool last = attempt >= options_.tries;
    timers_.push({now + kHold, index, attempt, false});
    timers_.push({now + (last ? options_.timeout : std::min(options_.timeout, kRetryAfter)), index,
                  attempt, true});
    echo.in_window = true;
    ++open_;
    // A refused send (no route, full buffer) is a lost echo: the next attempt comes by its timer.
    const Echo packet{static_cast<uint16_t>(index), static_cast<uint16_t>(attempt), nonce_, index};
    if (!sockets_[echo.socket].send(tasks_[index].destination, packet)) leave_window(echo);
  }

  void leave_window(State& echo) {
    if (!echo.in_window) return;
    echo.in_window = false;
    --open_;
  }

  void finish(State& echo, size_t& left) {
    leave_window(echo);
    echo.done = true;
    --left;
    ++finished_;
    if (progress_.progress && finished_ % 64 == 0)
      progress_.progress("echoes", finished_, tasks_.size());
  }

  void read_replies(size_t& left) {
    epoll_event events[64];
    const int ready = epoll_wait(epoll_, events, static_cast<int>(std::size(events)), wait_ms());
    for (int i = 0; i < ready; ++i) {
      while (const auto message = sockets_[events[i].data.u32].receive()) take(*message, left);
    }
  }

  void take(const IcmpMessage& message, size_t& left) {
    const auto it = echoes_.find(message.echo.task);
    if (message.kind != IcmpMessage::Kind::kReply || message.echo.nonce != nonce_ ||
        it == echoes_.end())
      return;
    State& echo = it->second;
    const size_t attempt = message.echo.sequence;
    const bool fits = attempt >= 1 && attempt <= echo.sent.size() &&
                      message.from == tasks_[it->first].destination;
    if (echo.done || !fits) return;
    const auto took = Clock::now() - echo.sent[attempt - 1];
    times_[it->first] =
        static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(took).count());
    finish(echo, left);
  }

  int wait_ms() const {
    if (timers_.empty()) return 0;
    const auto until = timers_.top().at - Clock::now();
    return static_cast<int>(
        std::clamp<int64_t>(std::chrono::duration_cast<milliseconds>(until).count() + 1, 0, 20));
  }

  void handle_timers(size_t& left) {
    const auto now = Clock::now();
    while (!timers_.empty() && timers_.top().at <= now) {
      const Timer timer = timers_.top();
      timers_.pop();
      State& echo = echoes_[timer.task];
      if (echo.done || static_cast<size_t>(timer.attempt) != echo.sent.size()) continue;
      leave_window(echo);
      if (!timer.expires) continue;
      if (timer.attempt < options_.tries) {
        again_.push(timer.task);
      } else {
        finish(echo, left);
      }
    }
  }

  const std::vector<PingTask>& tasks_;
  const PingOptions& options_;
  const Options& progress_;
  const uint64_t nonce_;
  Times& times_;
  size_t& finished_;
  int epoll_ = -1;
  size_t open_ = 0;
  std::vector<EchoSocket> sockets_;
  std::vector<std::vector<uint32_t>> by_socket_;
  std::map<uint32_t, State> echoes_;
  std::vector<uint32_t> order_;
  std::queue<uint32_t> again_;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
};

}  // namespace

Result<std::vector<std::optional<uint64_t>>> ping(kernel::Kernel& kernel,
                                                  const std::vector<PingTask>& tasks,
                                                  const PingOptions& options,
                                                  const Options& progress) {
  std::map<Source, std::vector<uint32_t>> by_source;
  for (uint32_t i = 0; i < tasks.size(); ++i)
    by_source[{tasks[i].node, tasks[i].source}].push_back(i);

  Batch::Times times(tasks.size());
  size_t finished = 0;
  const uint64_t nonce = random_nonce();
  const size_t sockets = sockets_at_once();
  for (auto it = by_source.begin(); it != by_source.end();) {
    Batch batch(tasks, options, progress, nonce, times, finished);
    for (size_t i = 0; i < sockets && it != by_source.end(); ++i, ++it) {
      TRY(batch.open(kernel.namespaces(), it->first, it->second));
    }
    TRY(batch.run());
  }
  return times;
}

}  // namespace vinet::machine
