#include "cli/no_memory.h"

#include <unistd.h>

#include <new>
#include <string_view>

#include "cli/exit_code.h"

namespace vinet::cli {

void end_without_memory() {
  std::set_new_handler([] {
    constexpr std::string_view kLine = "vinet: no memory is left; what is up stays as it is\n";
    (void)!::write(STDERR_FILENO, kLine.data(), kLine.size());
    ::_exit(kExitFailed);
  });
}

}  // namespace vinet::cli
