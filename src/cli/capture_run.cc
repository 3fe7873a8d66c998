#include "cli/capture_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "cli/table.h"
#include "cli/verb.h"

namespace vinet::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kIdleMs = 100;  // between looks at signals, time and reader
constexpr int kOrderMs = 5;   // while packets wait for older ones
constexpr size_t kMostNamed = 6;
constexpr int kMostLastRounds = 1000;
constexpr uint64_t kNearlyNs = 50'000'000;

uint64_t now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

std::string names_of(const capture::Layout& layout, const capture::Tap& tap) {
  std::vector<std::string> names;
  for (const auto& claim : tap.claims) names.push_back(layout.interfaces[claim.interface].name);
  if (tap.rest) names.push_back(layout.interfaces[*tap.rest].name);
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

void say_ends(const capture::Layout& layout, const Result<capture::Round>& round) {
  if (!round) return;
  for (const capture::Round::End& end : round->ended) {
    fmt::print(stderr, "vinet: {}: no more packets: {}\n", names_of(layout, layout.taps[end.tap]),
               end.why);
  }
}

int CaptureRun::run(const capture::Section& section, std::optional<uint64_t> duration_us) {
  const auto begin = Clock::now();
  Status done = record(section, duration_us);
  if (done) done = finish();
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  fmt::print(stderr, "{} on {} in {:.1f} s, {}\n", count(recorder_.stored(), "packet"),
             count(layout_.interfaces.size(), "interface"), seconds,
             dropped_ == 0
                 ? "none dropped by the kernel"
                 : fmt::format("{} dropped by the kernel, as they were read too slowly", dropped_));
  say_summary();
  if (done || !output_.has_reader()) return kExitOk;  // who reads may stop when he likes
  return fail(done.error());
}

Status CaptureRun::write() {
  const Status written = output_.write(bytes_, [] { return Interrupts::stopped(); });
  bytes_.clear();
  return written;
}

Status CaptureRun::record(const capture::Section& section, std::optional<uint64_t> duration_us) {
  const auto begin = Clock::now();
  recorder_.begin(section, now_ns(), bytes_);
  TRY(write());
  say_begin();
  while (!Interrupts::stopped() && !recorder_.full() && output_.has_reader()) {
    int patience_ms = recorder_.holds_back() ? kOrderMs : kIdleMs;
    if (duration_us) {
      const auto end = begin + std::chrono::microseconds(*duration_us);
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
      if (end <= Clock::now()) return ok();
      patience_ms = static_cast<int>(std::min<int64_t>(patience_ms, left.count() + 1));
    }
    Result<capture::Round> round = source_.read(patience_ms);
    if (!round) return round.error();
    say_ends(layout_, round);
    recorder_.take(*std::move(round), bytes_);
    TRY(write());
    if (source_.open_taps() == 0 && !recorder_.holds_back()) {
      fmt::print(stderr, "vinet: nothing is left to listen on\n");
      return ok();
    }
  }
  return ok();
}

/// Takes what came before the end and has not been read, and completes the file.
Status CaptureRun::finish() {
  const uint64_t end_ns = now_ns();
  for (int i = 0; i < kMostLastRounds && !recorder_.full(); ++i) {
    Result<capture::Round> round = source_.read(0);
    if (!round) return round.error();
    const bool complete = round->complete_ns + kNearlyNs >= end_ns;
    recorder_.take(*std::move(round), bytes_);
    if (complete) break;
  }
  std::vector<capture::PacketSource::Counts> counts;
  for (uint32_t tap = 0; tap < layout_.taps.size(); ++tap) {
    counts.push_back(source_.counts(tap));
    dropped_ += counts.back().dropped;
  }
  recorder_.end(counts, end_ns, bytes_);
  return write();
}

void CaptureRun::say_begin() const {
  std::vector<std::string> names;
  for (const capture::Interface& interface : layout_.interfaces) {
    if (names.size() == kMostNamed) break;
    names.push_back(interface.name);
  }
  const size_t more = layout_.interfaces.size() - names.size();
  fmt::print(stderr, "capturing {}{}\n", fmt::join(names, ", "),
             more == 0 ? "" : fmt::format(" and {} more", more));
}

void CaptureRun::say_summary() const {
  Table table({"INTERFACE", ">PACKETS", ">DROPPED"});
  for (const capture::Statistics& one : recorder_.statistics()) {
    table.row({layout_.interfaces[one.interface].name, fmt::format("{}", one.stored),
               one.dropped == 0 ? "" : fmt::format("{}", one.dropped)});
  }
  fmt::print(stderr, "{}", table.text());
}

}  // namespace vinet::cli
