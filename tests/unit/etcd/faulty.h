// An etcd whose n-th call fails, before or after it has done what it should; and a real one as a
// process of this test.
#pragma once

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "etcd/client.h"
#include "etcd/kv.h"
#include "unit/control/scratch.h"

extern char** environ;

namespace vinet::etcd {

class Faulty final : public Kv {
 public:
  enum class Fault { kNone, kBefore, kAfter };
  explicit Faulty(Kv& behind) : behind_(behind) {}
  /// Asked at every call, numbered from 1.
  std::function<Fault(size_t n, const std::string& what)> fault;
  size_t calls = 0;

  Result<RangeAnswer> range(const RangeRequest& request) override {
    return call("range", [&] { return behind_.range(request); });
  }
  Result<TxnAnswer> txn(const Txn& txn) override {
    return call("txn", [&] { return behind_.txn(txn); });
  }
  Result<int64_t> grant(int64_t seconds) override {
    return call("grant", [&] { return behind_.grant(seconds); });
  }
  Result<bool> keep_alive(int64_t lease) override {
    return call("keep alive", [&] { return behind_.keep_alive(lease); });
  }
  Status revoke(int64_t lease) override {
    return call("revoke", [&] { return behind_.revoke(lease); });
  }
  std::string name() const override { return behind_.name(); }

 private:
  template <typename Do>
  auto call(const std::string& what, const Do& act) -> decltype(act()) {
    ++calls;
    const Fault chosen = fault ? fault(calls, what) : Fault::kNone;
    if (chosen == Fault::kBefore) return Error{Errc::kUnavailable, "made to fail: " + what};
    auto result = act();
    if (chosen == Fault::kAfter) return Error{Errc::kUnavailable, "no answer: " + what};
    return result;
  }

  Kv& behind_;
};

/// One member, alone. Null where etcd is not installed.
class RealEtcd {
 public:
  static std::unique_ptr<RealEtcd> start() {
    if (::access("/usr/bin/etcd", X_OK) != 0) return nullptr;
    auto etcd = std::unique_ptr<RealEtcd>(new RealEtcd);
    return etcd->answers() ? std::move(etcd) : nullptr;
  }
  ~RealEtcd() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Kv& kv() { return *kv_; }

 private:
  RealEtcd() {
    const std::string client = "127.0.0.1:" + std::to_string(free_port());
    const std::string peer = "http://127.0.0.1:" + std::to_string(free_port());
    const std::vector<std::string> words = {"etcd",
                                            "--data-dir",
                                            scratch_.path() + "/etcd",
                                            "--log-level",
                                            "error",
                                            "--listen-client-urls",
                                            "http://" + client,
                                            "--advertise-client-urls",
                                            "http://" + client,
                                            "--listen-peer-urls",
                                            peer,
                                            "--initial-advertise-peer-urls",
                                            peer,
                                            "--initial-cluster",
                                            "default=" + peer};
    std::vector<char*> pointers;
    for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
    pointers.push_back(nullptr);
    ::posix_spawn(&pid_, "/usr/bin/etcd", nullptr, nullptr, pointers.data(), environ);
    kv_ = connect({{client}, "/"}, {});
  }
  bool answers() {
    for (int i = 0; i < 200; ++i) {
      if (kv_->range({.key = "x"})) return true;
      if (::waitpid(pid_, nullptr, WNOHANG) != 0) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
  }
  static uint16_t free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof name;
    ::bind(fd, reinterpret_cast<sockaddr*>(&name), sizeof name);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length);
    ::close(fd);
    return ntohs(name.sin_port);
  }

  control::Scratch scratch_;
  pid_t pid_ = 0;
  std::unique_ptr<Kv> kv_;
};

}  // namespace vinet::etcd
