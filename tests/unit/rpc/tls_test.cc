// Callers over TLS, in one process: every method of every service with every role, and what ends a
// connection.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <grpcpp/create_channel_posix.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <ctime>
#include <filesystem>
#include <mutex>

#include "pki/authority.h"
#include "pki/files.h"
#include "rpc/client.h"
#include "rpc/rights.h"
#include "rpc/tls_link.h"
#include "rpc/tls_server.h"
#include "unit/rpc/fake_world.h"

namespace vinet::rpc {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class TlsHost final : public FakeHost {
 public:
  void tell(const std::string& kind, const std::string&, const std::string& text) override {
    const std::lock_guard lock(mutex);
    told.push_back(kind + ": " + text);
  }
  std::shared_ptr<pki::Identity> identity() override { return own; }
  std::string all_told() {
    const std::lock_guard lock(mutex);
    std::string all;
    for (const std::string& line : told) all += line + "\n";
    return all;
  }
  std::shared_ptr<pki::Identity> own;
  std::mutex mutex;
  std::vector<std::string> told;
};

/// A daemon m1 at a port of its own, and people.
class TlsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/vinet-tls-XXXXXX";
    directory = ::mkdtemp(name);
    ASSERT_TRUE(pki::Authority::init(directory + "/pki", "test", std::time(nullptr) + 7200));
    const auto identity = pki::Identity::load(give("m1", pki::Role::kMachine));
    ASSERT_TRUE(identity) << identity.error().message;
    host.own = *identity;
    for (uint16_t port = 20'000 + ::getpid() % 20'000; !server; ++port) {
      endpoint = {"127.0.0.1", port};
      auto started = TlsServer::start(endpoint, host.own, host);
      if (started) server = *std::move(started);
      ASSERT_LT(port, 60'000);
    }
  }
  void TearDown() override {
    server.reset();
    std::filesystem::remove_all(directory);
  }
  pki::Authority authority() const { return *pki::Authority::open(directory + "/pki"); }

  std::string give(const std::string& name, pki::Role role, int64_t from = -60,
                   int64_t until = 3600, const std::vector<std::string>& addresses = {}) {
    const std::string at = directory + "/" + name;
    const std::string key = *pki::new_key();
    pki::Authority by = authority();
    EXPECT_TRUE(pki::make_directory(at, 0700));
    EXPECT_TRUE(pki::write_file(at + "/key.pem", key, 0600));
    EXPECT_TRUE(pki::write_file(at + "/ca.crt", by.certificate(), 0644));
    const int64_t now = std::time(nullptr);
    EXPECT_TRUE(pki::write_file(
        at + "/cert.pem",
        *by.issue(*pki::new_request(key, name), {{role, name}, addresses, now + from, now + until}),
        0644));
    return at;
  }
  Result<std::unique_ptr<Client>> dial(const std::string& at) {
    return Client::dial(to_string(endpoint), at, 5s);
  }
  template <typename Is>
  static bool comes(Is is) {
    for (int i = 0; i < 1000; ++i) {
      if (is()) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }

  std::string directory;
  TlsHost host;
  Endpoint endpoint;
  std::unique_ptr<TlsServer> server;
};

grpc::Status call(grpc::GenericStub& stub, const std::string& method) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + 10s);
  grpc::CompletionQueue queue;
  const auto reader = stub.PrepareUnaryCall(&context, method, grpc::ByteBuffer(), &queue);
  grpc::ByteBuffer reply;
  grpc::Status status;
  reader->StartCall();
  reader->Finish(&reply, &status, nullptr);
  void* tag = nullptr;
  bool fine = false;
  queue.Next(&tag, &fine);
  return status;
}

TEST_F(TlsTest, EveryMethodIsRefusedToThoseWhoMayNot) {
  const std::pair<pki::Role, Caller> callers[] = {
      {pki::Role::kOperator, {Caller::Kind::kOperator, "op"}},
      {pki::Role::kMachine, {Caller::Kind::kMachine, "m2"}},
      {pki::Role::kTenant, {Caller::Kind::kTenant, "eve"}}};
  for (const auto& [role, caller] : callers) {
    auto link = TlsLink::begin(endpoint, *pki::Identity::load(give(caller.name, role)), 5s);
    ASSERT_TRUE(link) << link.error().message;
    grpc::GenericStub stub(grpc::CreateInsecureChannelFromFd("", (*link)->take_inner().release()));
    for (const auto& entry : std::filesystem::directory_iterator("proto/vinet/v1")) {
      const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(
          "vinet/v1/" + entry.path().filename().string());
      for (int s = 0; file != nullptr && s < file->service_count(); ++s) {
        for (int i = 0; i < file->service(s)->method_count(); ++i) {
          const auto* method = file->service(s)->method(i);
          const std::string path = "/" + file->service(s)->full_name() + "/" + method->name();
          const grpc::Status status = call(stub, path);
          const bool may = may_call(caller, file->service(s)->name() + "." + method->name());
          const bool refused = status.error_code() == grpc::StatusCode::PERMISSION_DENIED &&
                               status.error_message() == "refused";
          EXPECT_EQ(refused, !may) << to_string(caller) << " " << path << ": "
                                   << status.error_code() << " " << status.error_message();
        }
      }
    }
    // What does not exist is refused with the same words.
    const grpc::Status status = call(stub, "/vinet.v1.NoSuch/Thing");
    EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(status.error_message(), "refused");
  }
  EXPECT_TRUE(comes([&] {
    const std::string all = host.all_told();
    return all.find("operator op, may not call /vinet.v1.Machine/Apply") != std::string::npos &&
           all.find("refused: 127.0.0.1:") != std::string::npos;
  })) << host.all_told();
}

TEST_F(TlsTest, ServesWhoIsGood) {
  const auto client = dial(give("op", pki::Role::kOperator));
  ASSERT_TRUE(client) << client.error().message;
  const auto status = (*client)->status();
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(status->pid, 77);
}

TEST_F(TlsTest, RefusesWithOneWord) {
  const std::string good = give("op", pki::Role::kOperator);
  const std::string revoked = give("mallory", pki::Role::kOperator);
  pki::Authority by = authority();
  ASSERT_TRUE(by.revoke("mallory"));
  ASSERT_TRUE(host.own->take_list(*by.revocation_list()));

  const std::pair<std::string, std::string> cases[] = {
      {give("old", pki::Role::kOperator, -7200, -60), "old"},
      {give("early", pki::Role::kOperator, 3600, 7200), "early"},
      {revoked, "revoked"},
  };
  for (const auto& [at, what] : cases) {
    const auto client = dial(at);
    ASSERT_FALSE(client) << what;
    EXPECT_EQ(client.error().code, Errc::kPermissionDenied) << client.error().message;
    EXPECT_THAT(client.error().message, HasSubstr(to_string(endpoint) + ": refused")) << what;
  }
  for (const char* reason : {"expired on", "not valid before", "revoked on"}) {
    EXPECT_TRUE(comes([&] { return host.all_told().find(reason) != std::string::npos; }))
        << reason << " is not in " << host.all_told();
  }
  EXPECT_TRUE(dial(good)) << "who is good still gets in";
}

TEST_F(TlsTest, ConnectionsEndWithTheCertificate) {
  const auto op = dial(give("op", pki::Role::kOperator));
  const auto brief = dial(give("brief", pki::Role::kOperator, -60, 3));
  ASSERT_TRUE(op && brief);
  ASSERT_TRUE((*op)->status());
  ASSERT_TRUE((*brief)->status());
  pki::Authority by = authority();
  ASSERT_TRUE(by.revoke("op"));
  ASSERT_TRUE(*(*brief)->put_revocations(*by.revocation_list()));
  EXPECT_TRUE(comes([&] { return !(*op)->status(); })) << "revoked";
  EXPECT_TRUE(comes([&] { return !(*brief)->status(); })) << "expired";
}

TEST_F(TlsTest, ADaemonThatIsNotWhoItShouldBe) {
  const std::string op = give("op", pki::Role::kOperator);
  // A machine of ours, but of another address; then a tenant who would like to be a machine.
  server.reset();
  const std::string elsewhere = give("m9", pki::Role::kMachine, -60, 3600, {"192.0.2.9"});
  server = *TlsServer::start(endpoint, *pki::Identity::load(elsewhere), host);
  auto client = dial(op);
  ASSERT_FALSE(client);
  EXPECT_THAT(client.error().message, HasSubstr("another address than 127.0.0.1"));
  server.reset();
  server = *TlsServer::start(endpoint, *pki::Identity::load(give("eve", pki::Role::kTenant)), host);
  client = dial(op);
  ASSERT_FALSE(client);
  EXPECT_THAT(client.error().message, HasSubstr("not trusted"));
  server.reset();
  client = dial(op);
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code, Errc::kUnavailable);
  EXPECT_THAT(client.error().message, HasSubstr("Connection refused"));
}

TEST_F(TlsTest, StrangersHoldUpNobody) {
  const std::string op = give("op", pki::Role::kOperator);
  std::vector<Fd> silent;
  for (int i = 0; i < 400; ++i) {
    Result<Fd> one = connect_tcp(endpoint, 1s);
    if (one) silent.push_back(*std::move(one));
    if (i % 3 == 0 && one) {
      (void)!::write(silent.back().get(), "GET / HTTP/1.1\r\n\r\n", 18);
    }
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto client = dial(op);
  ASSERT_TRUE(client) << client.error().message;
  EXPECT_TRUE((*client)->status());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);
}

}  // namespace
}  // namespace vinet::rpc
