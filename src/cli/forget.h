// vinet base forget: what a machine holds for a controller that is gone for good.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace vinet::cli {

struct Context;

struct ForgetOptions {
  std::vector<std::string> names;
  bool force = false, recursive = false;
};

void declare_forget(CLI::App& command, ForgetOptions& options);
int run_forget(const Context& context, const ForgetOptions& options);

}  // namespace vinet::cli
