#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "cli/terminal.h"

namespace vinet::cli {
namespace {

constexpr std::chrono::milliseconds kPatience{1000};
constexpr std::chrono::milliseconds kRewrite{100};  // on a terminal
constexpr std::chrono::milliseconds kSameStage{
    5000};  // elsewhere: a line for each stage, and one now and then

}  // namespace

ProgressLine::ProgressLine()
    : start_(Clock::now()), last_(start_), terminal_(is_terminal(STDERR_FILENO)) {}

ProgressLine::~ProgressLine() {
  clear();
}

void ProgressLine::update(const std::string& stage, size_t done, size_t total) {
  const auto now = Clock::now();
  if (now - start_ < kPatience) {
    return;
  }
  const auto since = now - last_;
  if (shown_ && (terminal_ ? since < kRewrite : stage == last_stage_ && since < kSameStage)) {
    return;
  }
  std::string line = stage;
  if (total > 0) {
    line += fmt::format(" {}/{}", done, total);
  }
  if (terminal_) {
    fmt::print(stderr, "\r\x1b[K{}", line);
  } else {
    fmt::print(stderr, "{}\n", line);
  }
  std::fflush(stderr);
  shown_ = true;
  last_ = now;
  last_stage_ = stage;
}

void ProgressLine::clear() {
  if (shown_ && terminal_) {
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
  }
  shown_ = false;
}

machine::Progress ProgressLine::callback() {
  return
      [this](const std::string& stage, size_t done, size_t total) { update(stage, done, total); };
}

}  // namespace vinet::cli
