#include "cli/store_choice.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "control/sqlite_store.h"
#include "etcd/open.h"

namespace vinet::cli {
namespace {

/// The choice of the daemon of this root, if there is one: two lines, address and identity.
std::string choice_path(const std::string& root) {
  return control::SqliteStore(root).directory() + "/store";
}

}  // namespace

Result<std::shared_ptr<control::Store>> open_store(const std::string& root, StoreChoice choice) {
  if (choice.address.empty()) {
    std::ifstream file(choice_path(root));
    std::getline(file, choice.address);
    std::getline(file, choice.identity);
  }
  if (choice.address.empty() || choice.address == "sqlite") {
    return std::shared_ptr<control::Store>(std::make_shared<control::SqliteStore>(root));
  }
  return etcd::open(
      {choice.address, choice.identity, control::SqliteStore(root).directory(), choice.endpoint});
}

Status remember_store(const std::string& root, const StoreChoice& choice) {
  if (choice.address.empty()) return ok();
  const std::string path = choice_path(root);
  std::error_code failed;
  if (choice.address == "sqlite") {
    std::filesystem::remove(path, failed);
    return failed ? Status(errno_error("remove " + path, failed.value())) : ok();
  }
  std::ofstream file(path + ".new", std::ios::trunc);
  file << choice.address << '\n' << choice.identity << '\n';
  file.close();
  if (!file || std::rename((path + ".new").c_str(), path.c_str()) != 0) {
    return errno_error("write " + path, errno);
  }
  return ok();
}

}  // namespace vinet::cli
