// What the programs of nodes (`run`) print.
#pragma once

#include <string>

#include "machine/machine.h"

namespace vinet::machine {

/// The file of a node's log, below the owner's directory, with which it goes.
std::string run_log_file(const std::string& root, const std::string& node);

/// Opens it for appending, where it is too long after moving it aside (`.1`).
/// Out: a descriptor, that the caller closes.
Result<int> open_run_log(const std::string& root, const std::string& node);

/// Machine::read_log.
Result<LogText> read_run_log(const std::string& root, const std::string& node, uint64_t offset);

}  // namespace vinet::machine
