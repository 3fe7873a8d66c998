// Joins the real doors.
#include "kernel/linux.h"
#include "kernel/linux_context.h"
#include "kernel/linux_links.h"
#include "kernel/linux_namespaces.h"
#include "kernel/linux_processes.h"
#include "kernel/linux_programs.h"
#include "kernel/linux_route_watch.h"

namespace vinet::kernel {
namespace {

class LinuxKernel final : public Kernel {
 public:
  explicit LinuxKernel(const std::string& root)
      : context_(root),
        namespaces_(context_),
        links_(context_),
        programs_(context_),
        processes_(context_),
        route_watch_(context_) {}

  Namespaces& namespaces() override { return namespaces_; }
  Links& links() override { return links_; }
  Programs& programs() override { return programs_; }
  Processes& processes() override { return processes_; }
  RouteWatch& route_watch() override { return route_watch_; }
  CallCounter& calls() override { return context_.calls(); }

 private:
  LinuxContext context_;
  LinuxNamespaces namespaces_;
  LinuxLinks links_;
  LinuxPrograms programs_;
  LinuxProcesses processes_;
  LinuxRouteWatch route_watch_;
};

}  // namespace

std::unique_ptr<Kernel> open_linux(const std::string& root) {
  return std::make_unique<LinuxKernel>(root);
}

}  // namespace vinet::kernel
