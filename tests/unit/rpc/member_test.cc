// A machine of a fleet over a real socket: what goes in comes out at the other side, and every call
// ends.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <grpcpp/create_channel_posix.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <filesystem>

#include "rpc/client.h"
#include "rpc/member_convert.h"
#include "rpc/remote_member.h"
#include "rpc/server.h"
#include "rpc/socket.h"
#include "slice/slice_json.h"
#include "unit/rpc/scripted_member.h"
#include "vinet/v1/member.grpc.pb.h"

namespace vinet::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class MemberHost final : public Host {
 public:
  std::unique_ptr<control::World> open() override { return nullptr; }
  DaemonStatus status() override { return {}; }
  std::vector<control::RunState> runs() override { return {}; }
  Result<Program> start_program(const ProgramRequest&) override {
    return Error{Errc::kUnimplemented, "not here", 0};
  }
  bool begin_work() override { return true; }
  bool end_work() override { return false; }
  fleet::Member* member() override { return is_member ? &scripted : nullptr; }

  ScriptedMember scripted;
  bool is_member = true;
};

class MemberWireTest : public ::testing::Test {
 protected:
  MemberWireTest() {
    char name[] = "/tmp/vinet-member-XXXXXX";
    directory = ::mkdtemp(name);
    auto started = Server::start({directory + "/vinet.sock", std::nullopt}, host);
    EXPECT_TRUE(started);
    if (started) server = *std::move(started);
    client = Client::over(*connect(directory + "/vinet.sock"));
  }
  ~MemberWireTest() override {
    client.reset();
    server.reset();
    std::filesystem::remove_all(directory);
  }
  fleet::Member& remote() { return client->member(); }

  std::string directory;
  MemberHost host;
  std::unique_ptr<Server> server;
  std::unique_ptr<Client> client;
};

const fleet::Order kOrder{"store", "instance", 3, 9, "operation"};

fleet::Holding holding() {
  fleet::Holding all;
  all.owner = "line";
  all.internet = true;
  slice::Slice slice;
  slice.owner = "line";
  slice.machine = "fleet.x";
  slice.namespaces.emplace_back().name = "line.A";
  slice.link_ends.emplace_back().node = "line.A";
  all.slices = {slice};
  all.namespaces = {"line.A"};
  all.runs = {{"line.A", "sleep 1"}};
  all.hosts_text = "127.0.0.1 localhost\n";
  all.tenant = "bob";
  all.lease_s = 60;
  return all;
}

TEST_F(MemberWireTest, HoldingsAndOrdersArriveAsTheyWere) {
  fleet::Holding without_lease = holding();
  without_lease.lease_s.reset();
  ASSERT_TRUE(remote().prepare(kOrder, {holding(), without_lease}, {"gone"}, 30s));
  EXPECT_EQ(host.scripted.last_order, kOrder);
  EXPECT_THAT(host.scripted.last_puts, ElementsAre(holding(), without_lease));
  ASSERT_TRUE(remote().abort(kOrder));
  ASSERT_TRUE(remote().renew(kOrder, "line", 5));
  ASSERT_TRUE(remote().renew(kOrder, "line", std::nullopt));
  std::vector<std::string> stages;
  machine::Options options;
  options.progress = [&](const std::string& stage, size_t, size_t) { stages.push_back(stage); };
  const auto committed = remote().commit(kOrder, options);
  ASSERT_TRUE(committed) << committed.error().message;
  EXPECT_EQ(committed->created, 7U);
  EXPECT_THAT(committed->changes, ElementsAre("make namespace line.A"));
  EXPECT_THAT(stages, ElementsAre("links"));
  ASSERT_TRUE(remote().put(kOrder, {holding()}, {}));
  EXPECT_THAT(host.scripted.last_puts, ElementsAre(holding()));
  ASSERT_TRUE(remote().remove(kOrder, {"top", "line"}, {}));
  EXPECT_THAT(host.scripted.asked,
              ElementsAre("prepare gone 30000", "abort", "renew line 5", "renew line none",
                          "commit", "put", "remove top line"));
}

TEST_F(MemberWireTest, AReportArrivesAsItWas) {
  fleet::MemberReport& report = host.scripted.next_report;
  report.boot = "boot";
  report.version = "1";
  report.facts.base_address = net::Ipv4{0x0a630102};
  report.facts.features.netem = false;
  report.facts.own_prefixes = {*net::parse_prefix("10.0.0.0/8"), *net::parse_prefix("fd00::/8")};
  report.facts.attributes = {{"role", "router"}};
  report.facts.takes_none_because = "full";
  report.held = {{"line", "S", 4, "digest", "no memory", 7}, {"other", "S", 5, "d", "", {}}};
  report.reservations = {"op"};
  report.runs = {{"line.A", "failing", "sleep 1", "exit code 1", 0, 3, 1500}};
  report.refused_old = 8;
  report.trouble = "damaged";
  report.terms = {{"S", 9}};
  const auto seen = remote().report();
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_EQ(seen->boot, "boot");
  EXPECT_EQ(seen->version, "1");
  EXPECT_EQ(seen->facts, report.facts);
  EXPECT_EQ(seen->held, report.held);
  EXPECT_EQ(seen->reservations, report.reservations);
  EXPECT_EQ(seen->runs, report.runs);
  EXPECT_EQ(seen->refused_old, 8U);
  EXPECT_EQ(seen->trouble, "damaged");
  EXPECT_EQ(seen->terms, report.terms);
}

TEST_F(MemberWireTest, RefusalsKeepTheirCodeAndTheirWords) {
  host.scripted.refusal = Error{Errc::kResourceExhausted, "4 nodes are more", 28};
  const std::vector<Result<machine::ApplyReport>> answers = {remote().commit(kOrder, {}),
                                                             remote().put(kOrder, {holding()}, {}),
                                                             remote().remove(kOrder, {"line"}, {})};
  for (const auto& answer : answers) {
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::kResourceExhausted);
    EXPECT_EQ(answer.error().message, "4 nodes are more");
    EXPECT_EQ(answer.error().sys_errno, 28);
  }
  const Status refused = remote().prepare(kOrder, {holding()}, {}, 1s);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "4 nodes are more");
}

TEST_F(MemberWireTest, ADaemonThatIsNoMemberSaysSo) {
  host.is_member = false;
  const auto report = remote().report();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::kUnimplemented);
}

std::shared_ptr<grpc::Channel> channel_to(const std::string& path) {
  const int fd = connect(path)->release();
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  return grpc::CreateCustomInsecureChannelFromFd("vinet", fd, {});
}

// faults.md F-135: a newer controller.
TEST_F(MemberWireTest, WhatIsUnknownIsRefusedAndNothingIsDone) {
  const auto stub = v1::Member::NewStub(channel_to(directory + "/vinet.sock"));
  const std::string known = slice::to_json(holding().slices);
  const size_t inside = known.find("\"node\"");
  ASSERT_NE(inside, std::string::npos);
  std::string future = known;
  future.insert(inside, "\"jitter_us\":5,");
  v1::Holding with_field;
  encode(holding(), with_field);
  with_field.GetReflection()->MutableUnknownFields(&with_field)->AddVarint(99, 1);
  v1::Holding with_attribute;
  encode(holding(), with_attribute);
  with_attribute.set_slices(future);
  struct Case {
    v1::Holding holding;
    const char* says;
  };
  for (const Case& one : {Case{with_attribute, "link_ends[0]"}, Case{with_field, "'line'"}}) {
    v1::PrepareRequest request;
    encode(kOrder, *request.mutable_order());
    *request.add_puts() = one.holding;
    v1::MemberReply reply;
    grpc::ClientContext context;
    const grpc::Status done = stub->Prepare(&context, request, &reply);
    EXPECT_EQ(done.error_code(), grpc::StatusCode::UNIMPLEMENTED) << done.error_message();
    EXPECT_THAT(done.error_message(), HasSubstr(one.says));
    EXPECT_THAT(done.error_message(), HasSubstr("older than the controller's"));
  }
  EXPECT_THAT(host.scripted.asked, IsEmpty());
}

TEST_F(MemberWireTest, NonsenseIsRefused) {
  const auto stub = v1::Member::NewStub(channel_to(directory + "/vinet.sock"));
  for (const char* slices : {"", "{", "[1]", "[{\"owner\": 5}]", "null"}) {
    v1::PutRequest request;
    request.add_holdings()->set_slices(slices);
    grpc::ClientContext context;
    const auto reader = stub->Put(&context, request);
    v1::MemberProgress message;
    while (reader->Read(&message)) continue;
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT) << slices;
  }
  EXPECT_THAT(host.scripted.asked, IsEmpty());
}

TEST_F(MemberWireTest, LargeHoldingsTravel) {
  fleet::Holding large = holding();
  for (int i = 0; i < 20'000; ++i) {
    large.slices[0].link_ends.push_back(large.slices[0].link_ends[0]);
  }
  ASSERT_GT(slice::to_json(large.slices).size(), size_t{5} << 20);
  ASSERT_TRUE(remote().put(kOrder, {large}, {}));
  EXPECT_EQ(host.scripted.last_puts, std::vector<fleet::Holding>{large});
}

// Somebody who takes connections and says nothing.
TEST(RemoteMemberTest, ASilentMachineIsUnavailableInTime) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
  const Fd silent(pair[1]);
  const auto member = make_remote_member(
      grpc::CreateCustomInsecureChannelFromFd("vinet", pair[0], {}), "192.0.2.1:7411");
  const auto begin = std::chrono::steady_clock::now();
  const auto report = member->report();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::kUnavailable);
  EXPECT_THAT(report.error().message, HasSubstr("report at 192.0.2.1:7411"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 6s);
}

}  // namespace
}  // namespace vinet::rpc
