// Every method of all services, called with bytes that nobody meant, and with too many of them:
// each call is answered, and an honest caller is served afterwards. faults.md F-85.
//
// The messages are of two kinds: random bytes, and random fields of the right form, which get past
// the parser.
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <random>

#include "rpc/client.h"
#include "rpc/server.h"
#include "rpc/socket.h"
#include "unit/control/fake_machine.h"
#include "unit/rpc/fake_world.h"
#include "unit/rpc/scripted_member.h"

namespace vinet::rpc {
namespace {

using namespace std::chrono_literals;
using Outcomes = Result<std::vector<control::Outcome>>;

/// `up` and `down` wait at a gate, as for the state's lock.
struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = true;
  size_t waiting = 0;
  bool said_all = false;
  void pass() {
    std::unique_lock lock(mutex);
    ++waiting;
    changed.notify_all();
    changed.wait(lock, [this] { return open; });
    --waiting;
  }
  void end() {
    const std::lock_guard lock(mutex);
    said_all = true;
    changed.notify_all();
  }
  void set(bool is_open) {
    const std::lock_guard lock(mutex);
    open = is_open;
    changed.notify_all();
  }
};

class GatedController final : public IdleController {
 public:
  explicit GatedController(Gate& gate) : gate_(gate) {}
  Outcomes up(const control::Description&, const control::Options& options, Diagnostics&) override {
    gate_.pass();
    for (int i = 0; i < 2000; ++i) {
      options.progress(std::string(1000, 'n'), static_cast<size_t>(i), 2000);
      options.note(std::string(1000, 'n'));
    }
    gate_.end();
    return std::vector<control::Outcome>{};
  }
  Outcomes down(const control::DownRequest&, const control::Options&) override {
    gate_.pass();
    return std::vector<control::Outcome>{};
  }
  Result<control::State> state(std::vector<std::string>&) override { return control::State(); }
  Result<control::State> bases(std::vector<std::string>&) override { return control::State(); }
  Result<std::vector<std::string>> leftovers() override { return std::vector<std::string>{}; }
  Outcomes repair(const control::Options&) override { return std::vector<control::Outcome>{}; }
  Result<std::vector<std::string>> recover(const std::string&, const control::Options&) override {
    return std::vector<std::string>{};
  }
  Result<uint64_t> renew(const std::string&, std::optional<uint64_t>,
                         const control::Options&) override {
    return uint64_t{1};
  }
  Result<std::vector<control::Event>> events(uint64_t, uint64_t) override {
    return std::vector<control::Event>{};
  }
  Result<std::vector<control::RunState>> runs() override {
    return std::vector<control::RunState>{};
  }

 private:
  Gate& gate_;
};

class GatedWorld final : public control::World {
 public:
  explicit GatedWorld(Gate& gate) : controller_(gate) {}
  machine::Machine& machine() override { return machine_; }
  control::Controller& controller() override { return controller_; }
  const std::string& state_directory() const override { return directory_; }

 private:
  control::FakeMachine machine_;
  GatedController controller_;
  std::string directory_ = "/nowhere";
};

class GatedHost final : public Host {
 public:
  std::unique_ptr<control::World> open() override { return std::make_unique<GatedWorld>(gate); }
  DaemonStatus status() override { return {77, "1.2", 3, true, "", false, "", "", ""}; }
  std::vector<control::RunState> runs() override { return {}; }
  Result<Program> start_program(const ProgramRequest& request) override {
    return Program::spawn("/usr/bin/env", {"env", "cat"}, request);
  }
  bool begin_work() override { return true; }
  bool end_work() override { return false; }
  fleet::Member* member() override {
    scripted.tells_progress = false;  // a unary call takes one message of a stream, and no more
    return &scripted;
  }
  Gate gate;
  ScriptedMember scripted;
};

const char* const kMethods[] = {"Controller/Up",
                                "Controller/Down",
                                "Controller/Interrupt",
                                "Controller/GetState",
                                "Controller/GetStatus",
                                "Controller/ListLeftovers",
                                "Controller/Recover",
                                "Controller/Renew",
                                "Controller/ListRuns",
                                "Controller/ReadLog",
                                "Controller/ListEvents",
                                "Machine/GetInventory",
                                "Machine/ListFeatures",
                                "Machine/Observe",
                                "Machine/ListOwners",
                                "Machine/Apply",
                                "Machine/Remove",
                                "Machine/GetCounters",
                                "Machine/Ping",
                                "Machine/Probe",
                                "Machine/Check",
                                "Machine/Canary",
                                "Machine/CanaryWork",
                                "Machine/Exec",
                                "Trust/PutRevocations",
                                "Machine/ListPaths",
                                "Member/GetReport",
                                "Member/Prepare",
                                "Member/Commit",
                                "Member/Abort",
                                "Member/Put",
                                "Member/Remove",
                                "Member/Renew",
                                "Controller/NoSuchMethod",
                                "NoSuchService/At/All"};

using Random = std::mt19937;

std::string random_bytes(Random& random, size_t most) {
  std::string bytes(random() % (most + 1), '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

void put_varint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

/// Fields 1 to 9, numbers or texts, the texts sometimes messages themselves.
std::string random_message(Random& random, int depth) {
  std::string out;
  for (size_t fields = random() % 6; fields > 0; --fields) {
    const uint64_t number = 1 + random() % 9;
    if (random() % 3 == 0) {
      put_varint(out, number << 3);
      put_varint(out, random() % 2 == 0 ? random() % 300 : ~uint64_t{0} - random() % 3);
      continue;
    }
    std::string text;
    if (depth > 0 && random() % 2 == 0) {
      text = random_message(random, depth - 1);
    } else {
      static constexpr const char* kTexts[] = {
          "../../x", "a.b", "{\"machine\":[[[[", "10.0.0.1", "0", "base b { machine X }", "\n", ""};
      text = kTexts[random() % std::size(kTexts)];
    }
    put_varint(out, number << 3 | 2);
    put_varint(out, text.size());
    out += text;
  }
  return out;
}

grpc::ByteBuffer buffer_of(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

std::string operation(const std::string& id) {  // an UpRequest or DownRequest
  std::string out = "\x0a";
  put_varint(out, id.size());
  const std::string text = "base b { machine X }";
  std::string source = "\x0a\x01\x66\x12";
  put_varint(source, text.size());
  source += text;
  out += id + "\x12";
  put_varint(out, source.size());
  return out + source;
}

class FuzzTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/vinet-fuzz-XXXXXX";
    directory = ::mkdtemp(name);
    auto started = Server::start({path(), std::nullopt}, host);
    ASSERT_TRUE(started) << started.error().message;
    server = *std::move(started);
  }
  void TearDown() override {
    host.gate.set(true);
    server.reset();
    std::filesystem::remove_all(directory);
  }
  std::string path() const { return directory + "/vinet.sock"; }

  std::shared_ptr<grpc::Channel> channel() {
    grpc::ChannelArguments arguments;
    arguments.SetMaxSendMessageSize(-1);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomInsecureChannelFromFd("", connect(path())->release(), arguments);
  }
  static grpc::Status call(grpc::GenericStub& stub, const std::string& method,
                           const std::string& bytes) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + 30s);
    grpc::CompletionQueue queue;
    const auto reader =
        stub.PrepareUnaryCall(&context, "/vinet.v1." + method, buffer_of(bytes), &queue);
    grpc::ByteBuffer reply;
    grpc::Status status;
    reader->StartCall();
    reader->Finish(&reply, &status, nullptr);
    void* tag = nullptr;
    bool fine = false;
    queue.Next(&tag, &fine);
    return status;
  }
  bool serves() {
    const auto begin = std::chrono::steady_clock::now();
    const auto status = Client::over(*connect(path()))->status();
    return status && std::chrono::steady_clock::now() - begin < 10s;
  }

  std::string directory;
  GatedHost host;
  std::unique_ptr<Server> server;
};

TEST_F(FuzzTest, EveryMethodAnswersWhateverItIsCalledWith) {
  Random random(4);  // the same messages every time
  grpc::GenericStub stub(channel());
  size_t taken = 0;
  for (const std::string method : kMethods) {
    for (int round = 0; round < 60; ++round) {
      const bool formed = round % 3 != 0;
      const grpc::Status status =
          call(stub, method, formed ? random_message(random, 3) : random_bytes(random, 300));
      taken += status.ok() ? 1 : 0;
      ASSERT_NE(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED) << method << round;
      ASSERT_NE(status.error_code(), grpc::StatusCode::UNAVAILABLE)
          << method << round << ": " << status.error_message();
    }
  }
  EXPECT_GT(taken, 100U) << "the messages do not get past the parser";
  EXPECT_TRUE(serves());
}

/// A program's beginning, so that what follows is not refused for its want.
std::string exec_start(bool terminal) {
  std::string start =
      "\x0a\x03"
      "a.b"
      "\x12\x03"
      "cat";
  if (terminal) start += "\x28\x01";
  std::string out = "\x0a";
  put_varint(out, start.size());
  return out + start;
}

// Out of order, twice, against the grants, with signals and sizes: a stream of them.
TEST_F(FuzzTest, AStreamOfNonsenseEndsItsProgram) {
  Random random(5);
  size_t refused = 0;
  for (int round = 0; round < 60; ++round) {
    const bool terminal = round % 5 == 0;
    grpc::GenericStub stub(channel());
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + 30s);
    grpc::CompletionQueue queue;
    const auto stream = stub.PrepareCall(&context, "/vinet.v1.Machine/Exec", &queue);
    const auto done = [&queue] {
      void* tag = nullptr;
      bool fine = false;
      return queue.Next(&tag, &fine) && fine;
    };
    stream->StartCall(nullptr);
    bool open = done();
    for (int message = 0; open && message < 8; ++message) {
      const bool starts = message == 0 ? round % 4 != 0 : random() % 30 == 0;
      stream->Write(buffer_of(starts ? exec_start(terminal) : random_message(random, 2)), nullptr);
      open = done();
    }
    stream->WritesDone(nullptr);
    done();
    if (terminal) context.TryCancel();  // its program may wait for more keys
    grpc::ByteBuffer reply;
    do {
      stream->Read(&reply, nullptr);
    } while (done());
    grpc::Status status;
    stream->Finish(&status, nullptr);
    done();
    refused += status.error_code() == grpc::StatusCode::INVALID_ARGUMENT ? 1 : 0;
    ASSERT_NE(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED) << round;
    ASSERT_NE(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
  }
  EXPECT_GT(refused, 20U);
  EXPECT_TRUE(serves());
}

TEST_F(FuzzTest, MoreThanSixtyFourMebibytesAreRefused) {
  grpc::GenericStub stub(channel());
  const std::string large(65 << 20, 'x');
  for (const char* method : {"Controller/Up", "Machine/Apply"}) {
    EXPECT_EQ(call(stub, method, large).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED)
        << method;
  }
  EXPECT_TRUE(serves());
}

TEST_F(FuzzTest, InterruptingWhatIsNotAtWorkIsFine) {
  grpc::GenericStub stub(channel());
  for (const std::string& id : {std::string(), std::string("nobody"), std::string(1 << 20, 'i')}) {
    EXPECT_TRUE(call(stub, "Controller/Interrupt", operation(id)).ok());
  }
  // Out of order: before its operation, which is not stopped by it, and after it.
  EXPECT_TRUE(call(stub, "Controller/Interrupt", operation("later")).ok());
  EXPECT_TRUE(call(stub, "Controller/Down", operation("later")).ok());
  EXPECT_TRUE(call(stub, "Controller/Interrupt", operation("later")).ok());
}

TEST_F(FuzzTest, WhoReadsLateIsToldTheEnd) {
  control::Options options;
  options.progress = [&](const std::string&, size_t, size_t) {
    std::unique_lock lock(host.gate.mutex);
    host.gate.changed.wait_for(lock, 30s, [&] { return host.gate.said_all; });
  };
  options.note = [](const std::string&) {};
  control::Description description;
  description.texts.sources.push_back({"f", "base b { machine X }"});
  Diagnostics diagnostics;
  const auto client = Client::over(*connect(path()));
  const auto outcomes = client->controller().up(description, options, diagnostics);
  EXPECT_TRUE(outcomes) << outcomes.error().message;
  EXPECT_TRUE(host.gate.said_all);
}

/// A stream that somebody opened and never reads from.
struct Unread {
  std::unique_ptr<grpc::GenericStub> stub;
  grpc::ClientContext context;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call;
};

TEST_F(FuzzTest, ThreeHundredWhoNeverReadLeaveOthersServed) {
  host.gate.set(false);
  grpc::CompletionQueue queue;
  std::vector<std::unique_ptr<Unread>> all;
  const auto next = [&queue] {
    void* tag = nullptr;
    bool fine = false;
    return queue.AsyncNext(&tag, &fine, std::chrono::system_clock::now() + 30s) ==
           grpc::CompletionQueue::GOT_EVENT;
  };
  for (int i = 0; i < 300; ++i) {
    auto one = std::make_unique<Unread>();
    one->stub = std::make_unique<grpc::GenericStub>(channel());
    one->call = one->stub->PrepareCall(&one->context, "/vinet.v1.Controller/Up", &queue);
    one->call->StartCall(nullptr);
    ASSERT_TRUE(next()) << i;
    one->call->WriteLast(buffer_of(operation("up" + std::to_string(i))), {}, nullptr);
    ASSERT_TRUE(next()) << i;
    all.push_back(std::move(one));
  }
  {
    std::unique_lock lock(host.gate.mutex);  // as many as are let in; the others are sent away
    EXPECT_TRUE(host.gate.changed.wait_for(lock, 30s, [&] { return host.gate.waiting >= 150; }));
  }
  EXPECT_TRUE(serves()) << "while all wait";
  host.gate.set(true);
  EXPECT_TRUE(serves()) << "while all are told what they do not read";
  for (const auto& one : all) one->context.TryCancel();
  for (const auto& one : all) {
    auto status = std::make_unique<grpc::Status>();
    one->call->Finish(status.get(), nullptr);
    EXPECT_TRUE(next());
    EXPECT_FALSE(status->ok());
  }
  EXPECT_TRUE(serves()) << "when they have gone";
}

}  // namespace
}  // namespace vinet::rpc
