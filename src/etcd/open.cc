#include "etcd/open.h"

#include <fmt/format.h>
#include <time.h>

#include <condition_variable>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

#include "etcd/address.h"
#include "etcd/client.h"
#include "etcd/etcd_store.h"

namespace vinet::etcd {
namespace {

/// It goes on in sleep, and nobody sets it.
std::chrono::milliseconds boot_time() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

/// The store with all that it needs, in the order in which they need each other.
class Opened {
 public:
  Opened(std::unique_ptr<Kv> kv, const std::string& prefix, const Settings& settings)
      : kv_(std::move(kv)),
        leadership_(*kv_, Keys(prefix).leader(), settings.endpoint, boot_time),
        store_(settings.directory, *kv_, prefix,
               settings.endpoint.empty() ? nullptr : &leadership_) {
    if (settings.endpoint.empty()) return;
    leadership_.step();  // so that the first call knows already
    thread_ = std::thread([this] { campaign(); });
  }
  ~Opened() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    stopped_.notify_all();
    if (!thread_.joinable()) return;
    thread_.join();
    leadership_.resign();
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  EtcdStore& store() { return store_; }

 private:
  void campaign() {
    std::unique_lock lock(mutex_);
    while (!stopped_.wait_for(lock, Leadership::kPause, [this] { return stop_; })) {
      lock.unlock();
      leadership_.step();
      lock.lock();
    }
  }

  std::unique_ptr<Kv> kv_;
  Leadership leadership_;
  EtcdStore store_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;
  std::thread thread_;
};

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return errno_error("read " + path, errno);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

Result<std::shared_ptr<control::Store>> open(const Settings& settings) {
  ASSIGN_OR_RETURN(const Address address, parse_address(settings.address));
  TlsFiles tls;
  if (!settings.identity.empty()) {
    ASSIGN_OR_RETURN(tls.ca, read_file(settings.identity + "/ca.crt"));
    ASSIGN_OR_RETURN(tls.certificate, read_file(settings.identity + "/cert.pem"));
    ASSIGN_OR_RETURN(tls.key, read_file(settings.identity + "/key.pem"));
  }
  const auto opened = std::make_shared<Opened>(connect(address, tls), address.prefix, settings);
  return std::shared_ptr<control::Store>(opened, &opened->store());
}

}  // namespace vinet::etcd
