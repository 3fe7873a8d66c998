// vinet pki: a private certificate authority for daemons and for who uses them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/daemon_calls.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "pki/authority.h"
#include "pki/files.h"

namespace vinet::cli {
namespace {

using nlohmann::json;

constexpr int64_t kDay = 24 * 3600;
constexpr int64_t kSkew = 3600;  // of the clocks of computers that shall believe it at once
constexpr int64_t kAuthorityDays = 3650;

struct Options {
  std::string action, name, role, out, request;
  std::vector<std::string> addresses, push;
  int64_t days = 365;
  std::optional<int64_t> from_s, until_s;  ///< of tests: from now on
};

std::string under_root(const Context& context, const std::string& path) {
  return (context.root == "/" ? "" : context.root) + path;
}
std::string authority_directory(const Context& context) {
  return under_root(context, "/etc/vinet/pki");
}

/// Where the files for a name go, or are.
std::string out_of(const Options& options) {
  const std::string out = options.out.empty() ? options.name : options.out;
  return std::filesystem::absolute(out).lexically_normal().string();
}

pki::Wish wish_for(const Options& options, pki::Role role) {
  const int64_t now = std::time(nullptr);
  return {{role, options.name},
          options.addresses,
          now + options.from_s.value_or(-kSkew),
          now + options.until_s.value_or(options.days * kDay)};
}

Status init(const Context& context, const Options& options) {
  const std::string directory = authority_directory(context);
  const std::string name = options.name.empty() ? "vinet" : options.name;
  TRY(pki::check_name(name));
  const int64_t days = std::max<int64_t>(options.days, kAuthorityDays);
  TRY(pki::Authority::init(directory, name + " authority", std::time(nullptr) + days * kDay));
  fmt::print("{}: authority made; who has its ca.key can be anybody: keep a copy in a safe place\n",
             directory);
  return ok();
}

/// The files that all need who trust this authority.
Status write_trust(const pki::Authority& authority, const std::string& directory) {
  const std::string path = directory + "/ca.crt";
  if (const Result<std::string> there = pki::read_file(path)) {
    if (*there != authority.certificate()) {
      return Error{Errc::kAlreadyExists, path + " is of another authority, and stays as it is"};
    }
  } else {
    TRY(pki::write_new_file(path, authority.certificate(), 0644));
  }
  ASSIGN_OR_RETURN(const std::string list, authority.revocation_list());
  return pki::write_file(directory + "/crl.pem", list, 0644);
}

Result<std::string> key_for(const Options& options, const std::string& directory, bool make) {
  const std::string path = directory + "/key.pem";
  if (!make) return pki::read_key_file(path);
  if (pki::exists(path)) {
    return Error{
        Errc::kAlreadyExists,
        fmt::format("{} is there already, and stays as it is: `vinet pki renew {}` makes a "
                    "new certificate for it, --out DIR names another directory",
                    path, options.name)};
  }
  ASSIGN_OR_RETURN(std::string key, pki::new_key());
  TRY(pki::write_new_file(path, key, 0600));
  return key;
}

/// The request that is signed: somebody's own, or one for a key in the directory.
Result<std::string> request_for(const Options& options, const std::string& directory, bool make) {
  if (!options.request.empty()) return pki::read_file(options.request);
  ASSIGN_OR_RETURN(const std::string key, key_for(options, directory, make));
  return pki::new_request(key, options.name);
}

/// The newest certificate of that name, also a revoked one.
Result<std::optional<pki::Issued>> newest_of(const pki::Authority& authority,
                                             const std::string& name) {
  ASSIGN_OR_RETURN(const std::vector<pki::Issued> issued, authority.list());
  std::optional<pki::Issued> newest;
  for (const pki::Issued& one : issued) {
    if (one.subject.name == name) newest = one;
  }
  return newest;
}

Status give(pki::Authority& authority, const Options& options, const pki::Wish& wish, bool renew) {
  const std::string directory = out_of(options);
  const std::string path = directory + "/cert.pem";
  if (!renew && pki::exists(path)) {
    ASSIGN_OR_RETURN(const auto newest, newest_of(authority, options.name));
    return Error{
        Errc::kAlreadyExists,
        path + " is there already, and stays as it is: " +
            (newest && newest->revoked ? "it was revoked: take it and its key.pem away first"
                                       : fmt::format("`vinet pki renew {}`", options.name))};
  }
  TRY(pki::make_directory(directory, 0700));
  TRY(write_trust(authority, directory));
  ASSIGN_OR_RETURN(const std::string request, request_for(options, directory, !renew));
  ASSIGN_OR_RETURN(const std::string certificate, authority.issue(request, wish));
  TRY(pki::write_file(path, certificate, 0644));
  fmt::print("{}: certificate of {}, for {} days{}\n", directory, to_string(wish.subject),
             (wish.until - std::time(nullptr)) / kDay,
             options.request.empty() ? "" : "; its key stays where the request was made");
  return ok();
}

Status issue(const Context& context, const Options& options) {
  ASSIGN_OR_RETURN(pki::Authority authority, pki::Authority::open(authority_directory(context)));
  TRY(pki::check_name(options.name));
  const std::optional<pki::Role> role = pki::parse_role(options.role);
  if (!role) {
    return Error{Errc::kInvalidArgument, "issue for what? --role operator, machine or tenant"};
  }
  return give(authority, options, wish_for(options, *role), false);
}

Status renew(const Context& context, const Options& options) {
  ASSIGN_OR_RETURN(pki::Authority authority, pki::Authority::open(authority_directory(context)));
  TRY(pki::check_name(options.name));
  ASSIGN_OR_RETURN(const auto newest, newest_of(authority, options.name));
  if (!newest || newest->revoked) {
    return Error{Errc::kNotFound,
                 fmt::format("{} has no certificate{}: `vinet pki issue`", options.name,
                             !newest ? "" : " that was not revoked")};
  }
  pki::Wish wish = wish_for(options, newest->subject.role);
  if (wish.addresses.empty()) wish.addresses = newest->addresses;
  return give(authority, options, wish, true);
}

/// On the machine itself: its key never leaves it.
Status request(const Context& context, const Options& options) {
  TRY(pki::check_name(options.name));
  const std::string directory =
      options.out.empty() ? under_root(context, "/etc/vinet") : out_of(options);
  TRY(pki::make_directory(directory, 0700));
  const bool has_key = pki::exists(directory + "/key.pem");
  ASSIGN_OR_RETURN(const std::string key, key_for(options, directory, !has_key));
  ASSIGN_OR_RETURN(const std::string text, pki::new_request(key, options.name));
  TRY(pki::write_file(directory + "/request.pem", text, 0644));
  fmt::print(
      "{0}/request.pem: take it to the authority: `vinet pki issue {1} --role machine "
      "--request request.pem --out {1}`,\nand bring ca.crt, cert.pem and crl.pem of {1} to {0}\n",
      directory, options.name);
  return ok();
}

/// Sends the list to daemons. All are tried; one that does not take it fails the verb.
Status push(const Context& context, const std::vector<std::string>& daemons,
            const std::string& list) {
  std::vector<std::string> failures;
  for (const std::string& daemon : daemons) {
    const Result<bool> taken = push_revocations(context, daemon, list);
    if (taken) {
      fmt::print("{}: {}\n", daemon, *taken ? "took the list" : "has it already");
    } else {
      failures.push_back(taken.error().message);
    }
  }
  if (failures.empty()) return ok();
  return Error{Errc::kUnavailable,
               fmt::format("{} did not take the list: {}", count(failures.size(), "daemon"),
                           fmt::join(failures, "; "))};
}

/// The daemon of this computer learns it without being told.
Status put_beside(const Context& context, const pki::Authority& authority) {
  const std::string directory = under_root(context, "/etc/vinet");
  const Result<std::string> trusted = pki::read_file(directory + "/ca.crt");
  if (!trusted || *trusted != authority.certificate()) return ok();
  return write_trust(authority, directory);
}

Status revoke(const Context& context, const Options& options) {
  ASSIGN_OR_RETURN(pki::Authority authority, pki::Authority::open(authority_directory(context)));
  ASSIGN_OR_RETURN(const std::vector<pki::Issued> revoked, authority.revoke(options.name));
  for (const pki::Issued& one : revoked) {
    fmt::print("revoked: {}, serial {}\n", to_string(one.subject), one.serial);
  }
  if (revoked.empty()) fmt::print("nothing of {} is valid any more\n", options.name);
  TRY(put_beside(context, authority));
  ASSIGN_OR_RETURN(const std::string list, authority.revocation_list());
  if (!options.push.empty()) return push(context, options.push, list);
  fmt::print("daemons refuse it once they have {}/crl.pem: `vinet pki push DAEMON...`\n",
             authority_directory(context));
  return ok();
}

Status push_list(const Context& context, const Options& options) {
  ASSIGN_OR_RETURN(pki::Authority authority, pki::Authority::open(authority_directory(context)));
  std::vector<std::string> daemons = options.push;
  if (!options.name.empty()) daemons.insert(daemons.begin(), options.name);
  if (daemons.empty()) return Error{Errc::kInvalidArgument, "push to whom? HOST:PORT..."};
  ASSIGN_OR_RETURN(const std::string list, authority.renew_list());
  TRY(put_beside(context, authority));
  return push(context, daemons, list);
}

std::string date(int64_t seconds) {
  const time_t time = seconds;
  tm parts{};
  char text[32] = "";
  if (::gmtime_r(&time, &parts) != nullptr) std::strftime(text, sizeof text, "%F %T", &parts);
  return text;
}

Status list(const Context& context) {
  ASSIGN_OR_RETURN(const pki::Authority authority,
                   pki::Authority::open(authority_directory(context)));
  ASSIGN_OR_RETURN(const std::vector<pki::Issued> issued, authority.list());
  const int64_t now = std::time(nullptr);
  const auto state = [now](const pki::Issued& one) {
    return one.revoked ? "revoked" : one.until < now ? "expired" : "valid";
  };
  if (context.json) {
    json all = json::array();
    for (const pki::Issued& one : issued) {
      all.push_back({{"name", one.subject.name},
                     {"role", to_string(one.subject.role)},
                     {"serial", one.serial},
                     {"state", state(one)},
                     {"from", one.from},
                     {"until", one.until},
                     {"addresses", one.addresses}});
    }
    fmt::print("{}\n", all.dump(2));
    return ok();
  }
  Table table({"name", "role", "state", "until (UTC)", "addresses", "serial"});
  for (const pki::Issued& one : issued) {
    table.row({one.subject.name, to_string(one.subject.role), state(one), date(one.until),
               fmt::format("{}", fmt::join(one.addresses, ",")), one.serial});
  }
  fmt::print("{}", table.text(0));
  return ok();
}

Status act(const Context& context, const Options& options) {
  if (options.action == "init") return init(context, options);
  if (options.action == "ls") return list(context);
  if (options.action == "push") return push_list(context, options);
  if (options.name.empty()) {
    return Error{Errc::kInvalidArgument,
                 "vinet pki " + options.action + ": whose? NAME is missing"};
  }
  if (options.action == "issue") return issue(context, options);
  if (options.action == "request") return request(context, options);
  if (options.action == "renew") return renew(context, options);
  return revoke(context, options);
}

}  // namespace

Run declare_pki(CLI::App& command, Context& context) {
  auto options = std::make_shared<Options>();
  command.add_option("ACTION", options->action, "init, issue, request, renew, revoke, push or ls")
      ->required()
      ->check(CLI::IsMember({"init", "issue", "request", "renew", "revoke", "push", "ls"}))
      ->type_name("");
  command
      .add_option("NAME", options->name,
                  "whom the certificate is for; of revoke: or its serial number; of push: a daemon")
      ->type_name("");
  command.add_option("DAEMON", options->push, "of push: more daemons, HOST:PORT")->type_name("");
  command.add_option("--role", options->role, "operator, machine (a daemon) or tenant")
      ->type_name("ROLE");
  command.add_option("--out", options->out, "directory for the files (default: NAME)")
      ->type_name("DIR");
  command.add_option("--days", options->days, "how long it is valid (default: 365)")
      ->check(CLI::Range(1, 36500))
      ->type_name("N");
  command
      .add_option("--address", options->addresses,
                  "address or host name at which a machine answers; none: any; may be repeated")
      ->type_name("ADDRESS")
      ->allow_extra_args(false);
  command
      .add_option("--request", options->request,
                  "of issue and renew: a request that was made elsewhere, with its own key")
      ->type_name("FILE");
  command.add_option("--push", options->push, "of revoke: daemons that shall know at once")
      ->type_name("DAEMON");
  command.add_option("--starts-in", options->from_s)->group("");
  command.add_option("--ends-in", options->until_s)->group("");
  add_json(command, context);
  command.footer(
      "init makes an authority in DIR/etc/vinet/pki. issue makes a key and a certificate for NAME: "
      "ca.crt, cert.pem,\n"
      "key.pem, crl.pem, which belong into /etc/vinet of a daemon, or into a directory for "
      "--identity. request makes the\n"
      "key on the machine itself. renew makes a new certificate for the same key; a running "
      "daemon takes it over. revoke\n"
      "ends all that NAME has; push tells daemons. Nothing is overwritten but by renew. What roles "
      "may do: docs/security.md.\n\n"
      "Examples:\n"
      "  vinet pki init\n"
      "  vinet pki issue m1 --role machine --address 192.0.2.10 --out m1\n"
      "  vinet pki issue ada --role operator\n"
      "  vinet pki revoke ada --push 192.0.2.10:7411 192.0.2.11:7411\n"
      "  vinet pki ls");
  return [&context, options]() -> int {
    const Status done = act(context, *options);
    return done ? int{kExitOk} : fail(done.error());
  };
}

}  // namespace vinet::cli
