#include "cli/member_part.h"

#include <fmt/format.h>

#include <thread>

#include "cli/launcher.h"
#include "control/holdings.h"
#include "kernel/linux.h"
#include "machine/local.h"
#include "member/keeper.h"
#include "member/layers.h"
#include "member/local_member.h"
#include "support/units.h"

namespace vinet::cli {
namespace {

/// A machine with the doors that it works through.
struct OpenedMachine {
  explicit OpenedMachine(const std::string& root)
      : kernel(kernel::open_linux(root)), machine(machine::make_local(*kernel, root)) {}
  std::unique_ptr<kernel::Kernel> kernel;
  std::unique_ptr<machine::Machine> machine;
};

Result<member::Options> read_options(const MemberOptions& written) {
  member::Options options;
  options.version = VINET_VERSION;
  options.most_nodes = written.most_nodes;
  if (!written.most_memory.empty()) {
    const auto size = parse_size(written.most_memory);
    if (!size) return Error{size.error()}.within("--most-memory");
    options.most_memory_bytes = size->bytes;
  }
  for (const std::string& attribute : written.attributes) {
    const size_t equals = attribute.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return Error{Errc::kInvalidArgument,
                   fmt::format("--attribute {}: NAME=VALUE is expected", attribute), 0};
    }
    options.attributes[attribute.substr(0, equals)] = attribute.substr(equals + 1);
  }
  return options;
}

/// What this computer's own controller has on labs. What it has on fleets, this machine may hold.
std::set<std::string> owners_on_labs(const control::Store& store) {
  std::vector<std::string> damaged;
  const control::State state = store.load_readable(damaged);
  std::set<std::string> owners;
  for (const auto& [name, base] : state.bases) {
    if (!base.plan.fleet) owners.insert(name);
  }
  for (const auto& [name, internet] : state.internets) {
    if (control::fleet_under(state, name) == nullptr) owners.insert(name);
  }
  return owners;
}

class LocalPart final : public MemberPart {
 public:
  LocalPart(const std::string& root, member::Options options,
            const std::shared_ptr<control::Store>& store, Tell tell)
      : store_(root),
        member_({[root] {
                   auto opened = std::make_shared<OpenedMachine>(root);
                   machine::Machine* machine = opened->machine.get();
                   return std::shared_ptr<machine::Machine>(std::move(opened), machine);
                 },
                 &store_, std::move(options), member::real_surroundings(root), std::move(tell),
                 [store] { return owners_on_labs(*store); }}),
        launcher_(make_launcher(root, [this](const std::string& node) { return may_hold(node); })) {
  }
  ~LocalPart() override { stop(); }

  fleet::Member& member() override { return member_; }
  bool may_hold(const std::string& node) const override {
    return member_.may_hold(member::owner_of(node));
  }
  std::string trouble() const override { return member_.trouble(); }
  bool idle() const override { return member_.idle(); }

  void start(std::function<bool()> may_act) override {
    keeper_ = std::make_unique<member::Keeper>(member_, *launcher_, std::move(may_act));
    keeping_ = std::thread([this] { keeper_->run(); });
  }
  void stop() override {
    if (!keeping_.joinable()) return;
    keeper_->stop();
    keeping_.join();
  }

 private:
  member::Store store_;
  member::LocalMember member_;
  std::unique_ptr<control::Launcher> launcher_;
  std::unique_ptr<member::Keeper> keeper_;
  std::thread keeping_;
};

}  // namespace

void declare_member_options(CLI::App& command, MemberOptions& options) {
  command
      .add_option("--most-nodes", options.most_nodes,
                  "as a machine of fleets: so many nodes at most")
      ->type_name("N");
  command
      .add_option("--most-memory", options.most_memory,
                  "likewise, of kernel memory: about so much, as 2GiB")
      ->type_name("SIZE");
  command
      .add_option("--attribute", options.attributes,
                  "what `where` of an internet asks for, as role=router; may be repeated")
      ->type_name("NAME=VALUE");
}

Result<std::unique_ptr<MemberPart>> MemberPart::make(const std::string& root,
                                                     const MemberOptions& options,
                                                     std::shared_ptr<control::Store> store,
                                                     Tell tell) {
  ASSIGN_OR_RETURN(member::Options read, read_options(options));
  const std::unique_ptr<kernel::Kernel> kernel = kernel::open_linux(root);
  read.most_link_ends = kernel->programs().most_links();
  return std::unique_ptr<MemberPart>(
      std::make_unique<LocalPart>(root, std::move(read), store, std::move(tell)));
}

}  // namespace vinet::cli
