#include "rpc/exec_inbox.h"

#include <algorithm>
#include <limits>

namespace vinet::rpc {
namespace {

WindowSize decode(const v1::ExecWindow& from) {
  const auto fitting = [](uint32_t n) {
    return static_cast<uint16_t>(std::min<uint32_t>(n, std::numeric_limits<uint16_t>::max()));
  };
  return {fitting(from.rows()), fitting(from.columns())};
}

Error bad(const std::string& what) {
  return {Errc::kInvalidArgument, "run a program: " + what};
}

}  // namespace

Result<ProgramRequest> decode_start(const v1::ExecRequest& request) {
  if (request.has_capture()) {
    const v1::CaptureStart& capture = request.capture();
    ProgramRequest program;
    program.capture = CaptureRequest{{capture.names().begin(), capture.names().end()},
                                     capture.most_packets(),
                                     capture.duration_us(),
                                     capture.snap_bytes(),
                                     {capture.taps().begin(), capture.taps().end()}};
    TRY(check(program));
    return program;
  }
  if (!request.has_start()) return bad("the first message does not say which");
  const v1::ExecStart& start = request.start();
  ProgramRequest program;
  program.node = start.node();
  program.words = {start.words().begin(), start.words().end()};
  program.environment = {start.environment().begin(), start.environment().end()};
  program.directory = start.directory();
  program.terminal = start.terminal();
  program.own_error = start.own_error();
  program.window = decode(start.window());
  TRY(check(program));
  return program;
}

void encode_start(const ProgramRequest& from, v1::ExecRequest& to) {
  if (from.capture) {
    v1::CaptureStart& capture = *to.mutable_capture();
    for (const std::string& name : from.capture->names) capture.add_names(name);
    capture.set_most_packets(from.capture->most_packets);
    capture.set_duration_us(from.capture->duration_us);
    capture.set_snap_bytes(from.capture->snap_bytes);
    for (const std::string& tap : from.capture->taps) capture.add_taps(tap);
    return;
  }
  v1::ExecStart& start = *to.mutable_start();
  start.set_node(from.node);
  for (const std::string& word : from.words) start.add_words(word);
  for (const std::string& variable : from.environment) start.add_environment(variable);
  start.set_directory(from.directory);
  start.set_terminal(from.terminal);
  start.set_own_error(from.own_error);
  start.mutable_window()->set_rows(from.window.rows);
  start.mutable_window()->set_columns(from.window.columns);
}

std::optional<size_t> output_index(v1::ExecStream stream) {
  if (stream == v1::EXEC_STREAM_OUTPUT) return 0;
  if (stream == v1::EXEC_STREAM_ERROR) return 1;
  return std::nullopt;
}

v1::ExecStream output_stream(size_t index) {
  return index == 0 ? v1::EXEC_STREAM_OUTPUT : v1::EXEC_STREAM_ERROR;
}

Status ExecInbox::take(const v1::ExecRequest& request) {
  switch (request.kind_case()) {
    case v1::ExecRequest::kData: {
      const v1::ExecData& data = request.data();
      if (data.stream() != v1::EXEC_STREAM_INPUT) return bad("its output comes from the caller");
      if (!input.take(data.bytes(), data.end())) return bad("more input than was asked for");
      return ok();
    }
    case v1::ExecRequest::kGrant: {
      const auto index = output_index(request.grant().stream());
      if (!index) return bad("the caller takes its own input");
      uint64_t& sum = credit[*index];  // of numbers below 2^32; stays far below overflow
      sum = std::min<uint64_t>(sum + request.grant().bytes(), uint64_t{1} << 40);
      return ok();
    }
    case v1::ExecRequest::kClosed: {
      const auto index = output_index(request.closed().stream());
      if (!index) return bad("the caller does not read its own input");
      closed[*index] = true;
      return ok();
    }
    case v1::ExecRequest::kSignal: {
      const auto& passed = passed_signals();
      const int signal = static_cast<int>(std::min<uint32_t>(request.signal(), 64));
      if (std::find(passed.begin(), passed.end(), signal) == passed.end()) {
        return bad("signal " + std::to_string(request.signal()) + " is not passed on");
      }
      signals |= uint64_t{1} << signal;
      return ok();
    }
    case v1::ExecRequest::kWindow:
      window = decode(request.window());
      return ok();
    case v1::ExecRequest::kStart:
    case v1::ExecRequest::kCapture:
      return bad("started twice");
    case v1::ExecRequest::KIND_NOT_SET:
      break;
  }
  return bad("an empty message");
}

std::vector<int> ExecInbox::take_signals() {
  std::vector<int> taken;
  for (const int signal : passed_signals()) {
    if ((signals >> signal & 1) != 0) taken.push_back(signal);
  }
  signals = 0;
  return taken;
}

}  // namespace vinet::rpc
