// Prepares the files of a node and hands over to the door.
#include "machine/exec.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "machine/paths.h"
#include "slice/marks.h"

namespace vinet::machine {
namespace {

namespace fs = std::filesystem;

// Names of a virtual internet come from the hosts file. A resolver can be run inside, and this file
// covered.
constexpr const char* kResolvConf = "# No name server: names of this internet are in /etc/hosts.\n";

Status make_directory(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  return error ? Status(errno_error("make directory " + directory.string(), error.value())) : ok();
}

/// Makes the file say `text`. A reader sees the old or the new text, never a part.
Status write_file(const fs::path& path, const std::string& text) {
  std::ostringstream present;
  if (std::ifstream file(path, std::ios::binary); file) {
    present << file.rdbuf();
    if (present.str() == text) return ok();
  }
  const fs::path fresh = path.string() + "." + std::to_string(getpid());
  std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return errno_error("write " + fresh.string(), errno);
  std::error_code error;
  fs::rename(fresh, path, error);
  return error ? Status(errno_error("rename to " + path.string(), error.value())) : ok();
}

/// A host name has at most 64 bytes (HOST_NAME_MAX): of a longer qualified name, the last
/// components that fit.
std::string host_name(const std::string& name) {
  constexpr size_t kMost = 64;
  if (name.size() <= kMost) return name;
  const size_t dot = name.find('.', name.size() - kMost - 1);
  return name.substr(dot == std::string::npos ? name.size() - kMost : dot + 1);
}

}  // namespace

Result<kernel::Execution> prepare_execution(kernel::Kernel& kernel, const std::string& root,
                                            const ExecRequest& request) {
  const auto lo = kernel.links().find_device(request.node, "lo");
  const auto mark = lo ? slice::parse_namespace_mark(lo->device.alias) : std::nullopt;
  if (!mark) return Error{Errc::kNotFound, "no node '" + request.node + "' is running here", 0};

  const fs::path shared = owner_directory(root, mark->owner), own = shared / mark->name;
  kernel::Execution execution;
  execution.netns = request.node;
  execution.hostname = host_name(mark->name);
  execution.cgroup = "vinet/" + cgroup_owner(root, mark->owner) + "/" + mark->name;
  execution.run_directory = own / "run";
  execution.hosts_file = shared / "hosts";
  execution.hostname_file = own / "hostname";
  execution.resolv_conf_file = own / "resolv.conf";
  execution.argv = request.argv;
  TRY(make_directory(execution.run_directory));
  TRY(write_file(execution.hosts_file, request.hosts_text));
  TRY(write_file(execution.hostname_file, execution.hostname + "\n"));
  TRY(write_file(execution.resolv_conf_file, kResolvConf));
  return execution;
}

Error exec(kernel::Kernel& kernel, const std::string& root, const ExecRequest& request) {
  auto execution = prepare_execution(kernel, root, request);
  if (!execution) return std::move(execution).error();
  return kernel.processes().become(*execution);
}

}  // namespace vinet::machine
