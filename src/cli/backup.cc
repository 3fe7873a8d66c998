// vinet backup: a copy of the controller's state, whatever kind of store it is in.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <optional>

#include "cli/compose.h"
#include "cli/store_choice.h"
#include "cli/verb.h"
#include "control/copy.h"
#include "control/lock.h"
#include "control/migrate.h"

namespace vinet::cli {
namespace {

struct Options {
  std::string file;
  int64_t schema = 0;
  StoreChoice store;
};

/// A command that is at work ends first: a copy from its midst would be refused.
Status back_up(const Context& context, const Options& options) {
  ASSIGN_OR_RETURN(const std::shared_ptr<control::Store> store,
                   open_store(context.root, options.store));
  ASSIGN_OR_RETURN(const control::State state, store->load());
  if (state.empty()) return Error{Errc::kNotFound, store->file() + ": nothing is up", 0};
  std::optional<control::Lock> lock;
  if (::access(store->directory().c_str(), F_OK) == 0) {
    ASSIGN_OR_RETURN(control::Lock held, control::Lock::acquire(store->directory(), {}));
    lock.emplace(std::move(held));
  }
  const std::string part = options.file + ".part";
  const Status written = [&]() -> Status {
    TRY(store->backup(part));
    if (options.schema != 0) TRY(control::convert_copy(part, options.schema));
    if (std::rename(part.c_str(), options.file.c_str()) != 0) {
      return errno_error("rename to " + options.file, errno);
    }
    return ok();
  }();
  if (!written) ::unlink(part.c_str());
  return written;
}

int backup(const Context& context, const Options& options) {
  if (const int code = require_root("backup"); code != kExitOk) return code;
  const Status done = back_up(context, options);
  return done ? kExitOk : fail(done.error());
}

}  // namespace

Run declare_backup(CLI::App& command, Context& context) {
  auto options = std::make_shared<Options>();
  command.add_option("FILE", options->file, "the copy; what is there is replaced")
      ->required()
      ->type_name("");
  command.add_option("--schema", options->schema, "in this version, for an older vinet")
      ->check(CLI::Range(control::kOldestSchema, control::kSchema))
      ->type_name("N");
  command
      .add_option("--store", options->store.address,
                  "of this etcd, else where the daemon of this computer keeps its state")
      ->envname("VINET_STORE")
      ->type_name("STORE");
  command
      .add_option("--store-identity", options->store.identity,
                  "directory with ca.crt, cert.pem and key.pem for TLS to the etcd")
      ->envname("VINET_STORE_IDENTITY")
      ->type_name("DIR");
  command.footer(
      "The copy is a SQLite file that only root can read, whole and as of one moment, also while a "
      "daemon works. It fits\n"
      "every kind of store: `vinet recover FILE` takes it.\n\n"
      "Examples:\n"
      "  vinet backup /var/backups/vinet.db\n"
      "  vinet backup --schema 2 /var/backups/vinet-old.db");
  return [&context, options] { return backup(context, *options); };
}

}  // namespace vinet::cli
