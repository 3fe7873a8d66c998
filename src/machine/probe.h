// probe: one echo, watched by the programs that handle it.
#pragma once

#include <chrono>

#include "kernel/kernel.h"
#include "machine/machine.h"

namespace vinet::machine {

/// Machine::probe. Everything in the report is what programs and sockets have said of this very
/// packet. The programs stop reporting before it returns, also on failure. Errors: not_found if
/// there is no such node; unimplemented on a kernel without sockets.
Result<ProbeReport> probe(kernel::Kernel& kernel, const PingTask& task, int ttl,
                          std::chrono::milliseconds timeout, uint64_t nonce);

/// Machine::watch_probe and Machine::take_probe_steps.
Result<uint64_t> watch_probe(kernel::Kernel& kernel, uint64_t nonce);
Result<std::vector<ProbeStep>> take_probe_steps(kernel::Kernel& kernel, uint64_t nonce);

/// A record in words. `machine` is where it was taken; its devices' aliases say whose the backside
/// is.
ProbeStep step_from(const vi_record& record, const std::string& machine,
                    const std::vector<kernel::ObservedDevice>& devices);

}  // namespace vinet::machine
