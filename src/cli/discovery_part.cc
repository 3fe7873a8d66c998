#include "cli/discovery_part.h"

#include <fmt/format.h>

#include <set>

#include "discovery/inviter.h"
#include "discovery/listener.h"
#include "fleet/parallel.h"
#include "pki/identity.h"
#include "rpc/client.h"
#include "rpc/endpoint.h"
#include "rpc/refusals.h"

namespace vinet::cli {
namespace {

constexpr std::chrono::seconds kPatience{5};

Result<net::Ipv4> read_group(const std::string& text) {
  if (text.empty()) return discovery::kGroup;
  const auto group = net::parse_ipv4(text);
  if (!group || group->bits >> 28 != 0xe) {
    return Error{Errc::kInvalidArgument,
                 fmt::format("'{}' is no group: an address of 224.0.0.0/4 is expected, as {}", text,
                             net::to_string(discovery::kGroup)),
                 0};
  }
  return *group;
}

Result<std::shared_ptr<pki::Identity>> load_identity(const std::string& directory) {
  ASSIGN_OR_RETURN(std::shared_ptr<pki::Identity> identity, pki::Identity::load(directory));
  if (identity->self().role == pki::Role::kTenant) {
    return Error{Errc::kPermissionDenied,
                 fmt::format("{}: the certificate is of {}; machines answer operators and machines",
                             directory, to_string(identity->self())),
                 0};
  }
  return identity;
}

Candidate ask(const std::string& daemon, int ttl, const std::shared_ptr<pki::Identity>& identity) {
  Candidate candidate{daemon, "", ttl, "", {}};
  const auto client = rpc::Client::dial(daemon, identity, kPatience);
  if (!client) {
    candidate.why = client.error().message;
    return candidate;
  }
  auto report = (*client)->member().report();
  if (!report) {
    candidate.why = daemon + ": " + report.error().message;
    return candidate;
  }
  candidate.name = (*client)->machine_name();
  candidate.report = *std::move(report);
  return candidate;
}

}  // namespace

Result<std::vector<Candidate>> search_machines(const std::string& identity_directory,
                                               const Hunt& hunt) {
  discovery::Search search;
  ASSIGN_OR_RETURN(search.group, read_group(hunt.group));
  search.most_ttl = hunt.most_ttl;
  search.enough = hunt.enough;
  ASSIGN_OR_RETURN(const std::shared_ptr<pki::Identity> identity,
                   load_identity(identity_directory));
  ASSIGN_OR_RETURN(const std::vector<discovery::Found> found, discovery::invite(*identity, search));
  if (found.empty() && !identity->trouble().empty()) {
    return Error{Errc::kFailedPrecondition, "nobody answers, and " + identity->trouble()};
  }
  std::vector<Candidate> all = fleet::on_all(found, [&](const discovery::Found& one) {
    return ask(to_string(one.daemon), one.ttl, identity);
  });
  // A computer with several addresses answers from several.
  std::set<std::string> names;
  std::erase_if(
      all, [&](const Candidate& one) { return one.why.empty() && !names.insert(one.name).second; });
  return all;
}

Result<std::vector<Candidate>> ask_machines(const std::string& identity_directory,
                                            const std::vector<std::string>& daemons) {
  std::set<std::string> known;
  std::vector<std::string> each;
  for (const std::string& daemon : daemons) {
    ASSIGN_OR_RETURN(const rpc::Endpoint endpoint, rpc::parse_endpoint(daemon));
    if (known.insert(rpc::to_string(endpoint)).second) each.push_back(rpc::to_string(endpoint));
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<pki::Identity> identity,
                   load_identity(identity_directory));
  return fleet::on_all(each, [&](const std::string& daemon) { return ask(daemon, 0, identity); });
}

Result<std::unique_ptr<discovery::Listener>> answer_invitations(
    const std::string& group, const std::string& listens, std::shared_ptr<pki::Identity> identity,
    TellRefused tell) {
  ASSIGN_OR_RETURN(const net::Ipv4 address, read_group(group));
  ASSIGN_OR_RETURN(const rpc::Endpoint endpoint, rpc::parse_endpoint(listens));
  const auto own = net::parse_ipv4(endpoint.host);
  if (!own) {
    return Error{Errc::kInvalidArgument,
                 fmt::format("--discoverable: an IPv4 address is expected in --listen, and '{}' is "
                             "none",
                             endpoint.host),
                 0};
  }
  const auto refusals = std::make_shared<rpc::Refusals>(std::move(tell));
  return discovery::Listener::start(
      std::move(identity), address, {*own, endpoint.port},
      [refusals](const std::string& at, const std::string& subject, const std::string& why) {
        refusals->note(at, subject, "invitation: " + why);
      });
}

}  // namespace vinet::cli
