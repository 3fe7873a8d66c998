// vinet base discover: machines that could be a fleet's.
#pragma once

#include <memory>

namespace CLI {
class App;
}

namespace vinet::cli {

struct Context;
struct DiscoverOptions;

/// Declares arguments and options; what they say is for run_discover.
std::shared_ptr<DiscoverOptions> declare_discover(CLI::App& command);
int run_discover(const Context& context, const DiscoverOptions& options);

}  // namespace vinet::cli
