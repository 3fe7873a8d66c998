// Programs over the wire: streams, ends, flow control, and callers who break the rules.
//
//   test --> Client or a bare stub ==socket==> Server --> a host that runs the words as they are
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <thread>

#include "rpc/client.h"
#include "rpc/exec_inbox.h"
#include "rpc/server.h"
#include "rpc/socket.h"
#include "vinet/v1/machine.grpc.pb.h"

namespace vinet::rpc {
namespace {

using namespace std::chrono_literals;

TEST(Inflow, TakesWhatWasGrantedAndNoMore) {
  Inflow flow;
  EXPECT_FALSE(flow.take("x", false)) << "nothing was granted";
  EXPECT_EQ(flow.grant(), kExecWindow);
  EXPECT_EQ(flow.grant(), 0U) << "granted already";
  EXPECT_TRUE(flow.take(std::string(kExecWindow, 'x'), false));
  EXPECT_EQ(flow.grant(), 0U) << "nothing was read";
  EXPECT_FALSE(flow.take("x", false));
  flow.consume(10);
  EXPECT_EQ(flow.grant(), 0U) << "not worth a message";
  flow.consume(kExecWindow / 2 - 10);
  EXPECT_EQ(flow.grant(), kExecWindow / 2);
  EXPECT_EQ(flow.waiting().size(), kExecWindow / 2);
  EXPECT_TRUE(flow.take("end", true));
  EXPECT_FALSE(flow.take("", false)) << "after the end";
  EXPECT_FALSE(flow.over());
  flow.consume(kExecWindow / 2 + 3);
  EXPECT_TRUE(flow.over());
  EXPECT_EQ(flow.grant(), 0U) << "nothing comes any more";
}

TEST(Inflow, DropsWhatNobodyReads) {
  Inflow flow;
  flow.grant();
  EXPECT_TRUE(flow.take("abc", false));
  flow.refuse();
  EXPECT_TRUE(flow.over());
  EXPECT_TRUE(flow.take("def", false)) << "it was on its way";
  EXPECT_TRUE(flow.waiting().empty());
  EXPECT_EQ(flow.grant(), 0U);
}

v1::ExecRequest start_of(std::vector<std::string> words) {
  ProgramRequest program;
  program.node = "fig.A";
  program.words = std::move(words);
  v1::ExecRequest request;
  encode_start(program, request);
  return request;
}

TEST(DecodeStart, RefusesWhatCannotBeRun) {
  struct Case {
    const char* what;
    std::function<void(v1::ExecStart&)> spoil;
  };
  const Case cases[] = {
      {"no node", [](auto& start) { start.set_node(""); }},
      {"an option for a node", [](auto& start) { start.set_node("--root=/"); }},
      {"a path for a node", [](auto& start) { start.set_node("../x"); }},
      {"no words", [](auto& start) { start.clear_words(); }},
      {"an empty program", [](auto& start) { start.set_words(0, ""); }},
      {"NUL", [](auto& start) { start.add_words(std::string("a\0b", 3)); }},
      {"too long", [](auto& start) { start.add_words(std::string(2 << 20, 'x')); }},
      {"no value", [](auto& start) { start.add_environment("TERM"); }},
      {"a loader's variable", [](auto& start) { start.add_environment("LD_PRELOAD=/x.so"); }},
      {"our own variable", [](auto& start) { start.add_environment("VINET_ROOT=/tmp"); }},
  };
  EXPECT_TRUE(decode_start(start_of({"true"})));
  for (const Case& one : cases) {
    v1::ExecRequest request = start_of({"true"});
    one.spoil(*request.mutable_start());
    const auto decoded = decode_start(request);
    ASSERT_FALSE(decoded) << one.what;
    EXPECT_EQ(decoded.error().code, Errc::kInvalidArgument) << one.what;
  }
  EXPECT_FALSE(decode_start(v1::ExecRequest()));
}

TEST(DecodeStart, ACaptureTravelsWhole) {
  ProgramRequest program;
  program.capture = CaptureRequest{{"fig11.A-B:2", "**.x*", "lab"}, 5, 1'500'000, 96};
  v1::ExecRequest request;
  encode_start(program, request);
  const auto decoded = decode_start(request);
  ASSERT_TRUE(decoded) << decoded.error().message;
  ASSERT_TRUE(decoded->capture);
  EXPECT_EQ(decoded->capture->names, program.capture->names);
  EXPECT_EQ(decoded->capture->most_packets, 5U);
  EXPECT_EQ(decoded->capture->duration_us, 1'500'000U);
  EXPECT_EQ(decoded->capture->snap_bytes, 96U);
}

TEST(DecodeStart, RefusesWhatCannotBeCaptured) {
  const std::vector<std::vector<std::string>> cases = {{},
                                                       {""},
                                                       {"--write=/etc/passwd"},
                                                       {"-w"},
                                                       {"a.A", "/x"},
                                                       {"a b"},
                                                       {"a\n"},
                                                       {"a;b"},
                                                       {std::string("a\0", 2)},
                                                       {std::string(2 << 20, 'x')}};
  for (const auto& names : cases) {
    ProgramRequest program;
    program.capture = CaptureRequest{names, 0, 0, 0};
    v1::ExecRequest request;
    encode_start(program, request);
    const auto decoded = decode_start(request);
    ASSERT_FALSE(decoded) << (names.empty() ? "no name" : names.front());
    EXPECT_EQ(decoded.error().code, Errc::kInvalidArgument);
  }
}

/// Runs the words in this computer's own network.
class PlainHost final : public Host {
 public:
  std::unique_ptr<control::World> open() override { return nullptr; }
  DaemonStatus status() override { return {}; }
  std::vector<control::RunState> runs() override { return {}; }
  Result<Program> start_program(const ProgramRequest& request) override {
    std::vector<std::string> words = {"env"};
    words.insert(words.end(), request.words.begin(), request.words.end());
    return Program::spawn("/usr/bin/env", std::move(words), request);
  }
  bool begin_work() override { return true; }
  bool end_work() override { return false; }
};

template <typename Is>
bool wait_for(Is is) {
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (!is()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

class ExecTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/vinet-exec-XXXXXX";
    directory = ::mkdtemp(name);
    auto started = Server::start({path(), std::nullopt}, host);
    ASSERT_TRUE(started) << started.error().message;
    server = *std::move(started);
    ::signal(SIGPIPE, SIG_IGN);
  }
  void TearDown() override {
    stream.reset();
    server.reset();
    std::filesystem::remove_all(directory);
  }
  std::string path() const { return directory + "/vinet.sock"; }
  std::string file(const std::string& name) const { return directory + "/" + name; }

  std::string read_file(const std::string& name) const {
    std::ifstream in(file(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  Fd open_file(const std::string& name, const char* how) const {
    FILE* opened = std::fopen(file(name).c_str(), how);
    const int fd = ::dup(::fileno(opened));
    std::fclose(opened);
    return Fd(fd);
  }

  struct Ran {
    Result<ProgramEnd> end;
    std::string output, error;
  };
  Ran run(std::vector<std::string> words, const std::string& input, bool terminal = false) {
    std::ofstream(file("in"), std::ios::binary) << input;
    const Fd in = open_file("in", "r"), out = open_file("out", "w"), err = open_file("err", "w");
    ProgramRequest request;
    request.node = "fig.A";
    request.words = std::move(words);
    request.terminal = terminal;
    request.window = {33, 99};
    CallerStreams streams;
    streams.input = in.get();
    streams.output = out.get();
    streams.error = err.get();
    const auto client = Client::over(*connect(path()));
    auto end = client->run(request, streams);
    return {std::move(end), read_file("out"), read_file("err")};
  }

  /// A call whose messages the test writes itself.
  void begin(const v1::ExecRequest& first) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub = v1::Machine::NewStub(
        grpc::CreateCustomInsecureChannelFromFd("", connect(path())->release(), arguments));
    context = std::make_unique<grpc::ClientContext>();
    context->set_deadline(std::chrono::system_clock::now() + 20s);
    stream = stub->Exec(context.get());
    stream->Write(first);
  }
  void grant(v1::ExecStream of, uint32_t bytes) {
    v1::ExecRequest request;
    request.mutable_grant()->set_stream(of);
    request.mutable_grant()->set_bytes(bytes);
    stream->Write(request);
  }
  void give(const std::string& bytes, v1::ExecStream to = v1::EXEC_STREAM_INPUT) {
    v1::ExecRequest request;
    request.mutable_data()->set_stream(to);
    request.mutable_data()->set_bytes(bytes);
    stream->Write(request);
  }
  /// Output until there is so much of it.
  std::string take(size_t bytes) {
    std::string output;
    v1::ExecReply reply;
    while (output.size() < bytes && stream->Read(&reply)) output += reply.data().bytes();
    return output;
  }
  grpc::StatusCode code_at_end() {
    v1::ExecReply reply;
    while (stream->Read(&reply)) continue;
    return stream->Finish().error_code();
  }

  std::string directory;
  PlainHost host;
  std::unique_ptr<Server> server;
  std::unique_ptr<v1::Machine::Stub> stub;
  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<grpc::ClientReaderWriter<v1::ExecRequest, v1::ExecReply>> stream;
};

TEST_F(ExecTest, EndsAsTheProgramEnds) {
  struct Case {
    std::vector<std::string> words;
    int exit_code, signal;
  };
  const Case cases[] = {{{"true"}, 0, 0},
                        {{"sh", "-c", "exit 37"}, 37, 0},
                        {{"no-such-program"}, 127, 0},
                        {{"sh", "-c", "kill -TERM $$"}, 0, SIGTERM}};
  for (const Case& one : cases) {
    const Ran ran = run(one.words, "");
    ASSERT_TRUE(ran.end) << ran.end.error().message;
    EXPECT_EQ(ran.end->exit_code, one.exit_code) << one.words.back();
    EXPECT_EQ(ran.end->signal, one.signal) << one.words.back();
  }
}

TEST_F(ExecTest, CarriesTenMebibytesEachWay) {
  std::string bytes(10 << 20, '\0');
  std::iota(bytes.begin(), bytes.end(), '\0');
  const Ran ran = run({"sh", "-c", "tee /dev/stderr"}, bytes);
  ASSERT_TRUE(ran.end);
  EXPECT_TRUE(ran.output == bytes) << ran.output.size();
  EXPECT_TRUE(ran.error == bytes) << ran.error.size();
}

TEST_F(ExecTest, InputThatIsNotReadHoldsUpNothing) {
  const Ran ran = run({"sh", "-c", "exec <&-; echo closed; exit 3"}, std::string(4 << 20, 'x'));
  ASSERT_TRUE(ran.end);
  EXPECT_EQ(ran.end->exit_code, 3);
  EXPECT_EQ(ran.output, "closed\n");
}

TEST_F(ExecTest, ATerminalHasItsSizeAndOneStream) {
  const Ran ran = run({"sh", "-c", "tty; stty size; echo wrong >&2"}, "", true);
  ASSERT_TRUE(ran.end);
  EXPECT_NE(ran.output.find("/dev/pts/"), std::string::npos) << ran.output;
  EXPECT_NE(ran.output.find("33 99\r\nwrong\r\n"), std::string::npos) << ran.output;
  EXPECT_EQ(ran.error, "");
}

TEST_F(ExecTest, WhatIsLeftRunningDoesNotHoldTheCallerUp) {
  const Ran ran = run({"sh", "-c", "echo first; sleep 15 & exit 4"}, "");
  ASSERT_TRUE(ran.end);
  EXPECT_EQ(ran.end->exit_code, 4);
  EXPECT_EQ(ran.output, "first\n");
}

TEST_F(ExecTest, OutputIsSentAsFarAsItWasGranted) {
  begin(start_of({"yes"}));
  grant(v1::EXEC_STREAM_OUTPUT, 1000);
  EXPECT_EQ(take(1000).size(), 1000U);
  grant(v1::EXEC_STREAM_OUTPUT, 70'000);
  EXPECT_EQ(take(70'000).size(), 70'000U);
  // The other streams and the signals still go through.
  v1::ExecRequest request;
  request.set_signal(SIGTERM);
  stream->Write(request);
  grant(v1::EXEC_STREAM_OUTPUT, 1 << 20);  // for what is in the pipe
  v1::ExecReply reply, last;
  while (stream->Read(&reply)) last = reply;
  EXPECT_EQ(last.end().signal(), static_cast<uint32_t>(SIGTERM));
}

TEST_F(ExecTest, InputIsGrantedAsFarAsItIsRead) {
  begin(start_of({"sh", "-c", "echo ready; exec sleep 15"}));
  grant(v1::EXEC_STREAM_OUTPUT, 100);
  uint64_t granted = 0;
  v1::ExecReply reply;
  while (reply.data().bytes().empty() && stream->Read(&reply)) granted += reply.grant().bytes();
  EXPECT_EQ(granted, kExecWindow);
  give(std::string(kExecWindow, 'x'));
  // What fits in the pipe is out of our hands; no more is asked for than was taken so.
  v1::ExecRequest request;
  request.set_signal(SIGINT);
  stream->Write(request);
  while (stream->Read(&reply)) granted += reply.grant().bytes();
  EXPECT_LE(granted, kExecWindow + (64 << 10) + kExecWindow / 2);
  EXPECT_EQ(reply.end().signal(), static_cast<uint32_t>(SIGINT));
}

TEST_F(ExecTest, WhoBreaksTheRulesIsCutOffAndTheProgramEnded) {
  struct Case {
    const char* what;
    std::function<void()> do_it;
  };
  const Case cases[] = {
      {"more input than was granted", [this] { give(std::string(2 * kExecWindow, 'x')); }},
      {"input for the output", [this] { give("x", v1::EXEC_STREAM_OUTPUT); }},
      {"a grant of input", [this] { grant(v1::EXEC_STREAM_INPUT, 5); }},
      {"a stream that there is not", [this] { grant(static_cast<v1::ExecStream>(7), 5); }},
      {"started twice", [this] { stream->Write(start_of({"true"})); }},
      {"nothing", [this] { stream->Write(v1::ExecRequest()); }},
      {"SIGKILL",
       [this] {
         v1::ExecRequest request;
         request.set_signal(SIGKILL);
         stream->Write(request);
       }},
  };
  for (const Case& one : cases) {
    begin(start_of({"sh", "-c", "echo $$; exec sleep 15"}));
    grant(v1::EXEC_STREAM_OUTPUT, 100);
    const std::string output = take(2);
    const pid_t pid = std::atoi(output.c_str());
    ASSERT_GT(pid, 0) << one.what;
    one.do_it();
    EXPECT_EQ(code_at_end(), grpc::StatusCode::INVALID_ARGUMENT) << one.what;
    EXPECT_TRUE(wait_for([pid] { return ::kill(pid, 0) != 0; })) << one.what;
  }
  begin(v1::ExecRequest());
  EXPECT_EQ(code_at_end(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ExecTest, ALostCallersProgramIsEndedEvenIfItDoesNotHearSighup) {
  for (const char* program :
       {"echo $$; exec sleep 15", "trap '' HUP; echo $$; sleep 15; sleep 15"}) {
    begin(start_of({"sh", "-c", program}));
    grant(v1::EXEC_STREAM_OUTPUT, 100);
    const pid_t pid = std::atoi(take(2).c_str());
    ASSERT_GT(pid, 0);
    context->TryCancel();
    EXPECT_EQ(code_at_end(), grpc::StatusCode::CANCELLED);
    EXPECT_TRUE(wait_for([pid] { return ::kill(pid, 0) != 0; })) << program;
  }
}

TEST_F(ExecTest, SomeThreadsAreNeverTakenByPrograms) {
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReaderWriter<v1::ExecRequest, v1::ExecReply>>> streams;
  begin(start_of({"true"}));
  for (int i = 0; i < 110; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    streams.push_back(stub->Exec(contexts.back().get()));
    streams.back()->Write(start_of({"sleep", "15"}));
  }
  v1::ExecReply reply;
  while (streams.back()->Read(&reply)) continue;
  EXPECT_EQ(streams.back()->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(Client::over(*connect(path()))->status());
}

}  // namespace
}  // namespace vinet::rpc
