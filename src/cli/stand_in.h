// StandIn: this process in the place of a program that runs elsewhere. Its terminal sends keys as
// they are, and the signals it gets are to be passed on.
#pragma once

#include <cstdint>
#include <memory>

#include "support/fd.h"
#include "support/result.h"

namespace vinet::cli {

/// Terminal and signals are as before when it goes. One at a time in a process.
class StandIn {
 public:
  struct Window {
    uint16_t rows = 0, columns = 0;
  };

  /// `raw`: the terminal's own treatment of keys (echo, Ctrl-C) is the other terminal's business.
  static Result<std::unique_ptr<StandIn>> begin(bool raw);
  ~StandIn();
  StandIn(const StandIn&) = delete;
  StandIn& operator=(const StandIn&) = delete;

  /// To read: a byte for each signal, its number. Those that were ignored stay so.
  int signals() const { return read_end_.get(); }
  /// Stops this process, with the terminal as it was, until somebody continues it.
  void suspend();
  /// Of the terminal that is standard input; 0 by 0 if it is none.
  static Window window();

 private:
  StandIn(Fd read_end, Fd write_end, bool raw);
  void catch_signals();
  Fd read_end_, write_end_;
  const bool raw_;
};

}  // namespace vinet::cli
