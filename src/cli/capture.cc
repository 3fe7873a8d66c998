// vinet capture: packets of links, nodes and machines, all layers, as pcapng.
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "capture/layout.h"
#include "capture/source.h"
#include "cli/capture_output.h"
#include "cli/capture_run.h"
#include "cli/daemon_calls.h"
#include "cli/launcher.h"
#include "cli/names.h"
#include "cli/remote_taps.h"
#include "cli/terminal.h"
#include "cli/verb.h"
#include "fleet/directory.h"
#include "support/units.h"

namespace vinet::cli {
namespace {

struct Options {
  std::vector<std::string> names;
  std::string file = "-", duration;
  bool wireshark = false;
  bool tap_stream = false;  ///< a machine's part: names are taps
  uint64_t count = 0;
  uint32_t snap_bytes = 0;
};

void add(const Object& object, capture::Wish& wish) {
  const auto index = static_cast<uint32_t>(object.index);
  switch (object.kind) {
    case Object::Kind::kBase:
      for (uint32_t i = 0; i < object.base->machines.size(); ++i) {
        wish.add_machine(*object.base, i);
      }
      return;
    case Object::Kind::kMachine:
      return wish.add_machine(*object.base, index);
    case Object::Kind::kBaseLink:
      return wish.add_base_link(*object.base, index);
    case Object::Kind::kInternet:
      for (uint32_t i = 0; i < object.internet->links.size(); ++i) {
        wish.add_link(*object.base, *object.internet, i);
      }
      return;
    case Object::Kind::kNode:
      return wish.add_node(*object.base, *object.internet, index);
    case Object::Kind::kLink:
      return wish.add_link(*object.base, *object.internet, index);
  }
}

Result<capture::Layout> layout_of(const control::State& state,
                                  const std::vector<std::string>& names) {
  capture::Wish wish;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const std::vector<Object> found, find_objects(state, name));
    for (const Object& object : found) add(object, wish);
  }
  std::vector<const plan::InternetPlan*> internets;
  for (const auto& [name, intent] : state.internets) internets.push_back(&intent.plan);
  capture::Layout layout = capture::make_layout(wish, internets);
  if (layout.taps.empty()) {
    return Error{Errc::kNotFound,
                 fmt::format("{}: no interface to capture on: neither a link nor a base link ends "
                             "there",
                             fmt::join(names, " "))};
  }
  return layout;
}

capture::Section section_of(const capture::Layout& layout, const std::vector<std::string>& names) {
  capture::Section section;
  utsname system{};
  if (::uname(&system) == 0) section.os = fmt::format("{} {}", system.sysname, system.release);
  section.application = "vinet " VINET_VERSION;
  section.comment =
      fmt::format("vinet " VINET_VERSION " capture {}: {}", fmt::join(names, " "), layout.subject);
  return section;
}

/// A capture that the daemon runs for somebody ends with the daemon.
void end_with_parent(pid_t parent) {
  if (std::getenv(kEndsWithParent) == nullptr) return;
  ::unsetenv(kEndsWithParent);
  ::prctl(PR_SET_PDEATHSIG, SIGHUP);
  if (::getppid() != parent) ::raise(SIGHUP);
}

Result<CaptureOutput> open_output(const Options& options) {
  return options.wireshark ? CaptureOutput::start_wireshark()
                           : CaptureOutput::open_file(options.file);
}

/// Taps of nodes on machines of fleets, by the daemons of these.
std::map<uint32_t, std::string> daemons_of(const control::State& state,
                                           const capture::Layout& layout) {
  const fleet::Directory directory(state.running());
  std::map<uint32_t, std::string> daemons;
  for (uint32_t i = 0; i < layout.taps.size(); ++i) {
    if (const fleet::Place* place = directory.find(layout.taps[i].netns)) {
      daemons.emplace(i, place->daemon);
    }
  }
  return daemons;
}

int capture_there(const Context& context, const Options& options,
                  std::optional<uint64_t> duration_us) {
  Result<CaptureOutput> output = open_output(options);
  if (!output) return fail(output.error());
  rpc::CaptureRequest request;
  (options.tap_stream ? request.taps : request.names) = options.names;
  request.most_packets = options.count;
  request.duration_us = duration_us.value_or(0);
  request.snap_bytes = options.snap_bytes;
  const Result<rpc::ProgramEnd> end = capture_by_daemon(context, request, output->descriptor());
  if (!end) return fail(end.error());
  return end->signal == 0 ? end->exit_code : int{kExitFailed};
}

int run(const Context& context, const Options& options, std::optional<uint64_t> duration_us) {
  const pid_t parent = ::getppid();
  const bool by_daemon = ::geteuid() != 0 || !context.connect.empty();
  if (options.tap_stream) {
    if (by_daemon) return capture_there(context, options, duration_us);
    end_with_parent(parent);
    return stream_taps(context, options.names, options.snap_bytes);
  }
  auto opened = open_world(context, "capture", Purpose::kLook);
  if (const int* code = std::get_if<int>(&opened)) return *code;
  auto world = std::get<std::unique_ptr<control::World>>(std::move(opened));
  std::vector<std::string> damaged;
  const control::State state = current_state(*world, damaged);
  const Result<capture::Layout> layout = layout_of(state, options.names);
  if (!layout) {
    for (const std::string& line : damaged) fmt::print(stderr, "vinet: {}\n", line);
    return fail(layout.error());
  }
  world.reset();
  if (by_daemon) return capture_there(context, options, duration_us);
  end_with_parent(parent);
  const Interrupts interrupts(Interrupts::Mode::kStop);
  const auto open_here = [&](const std::vector<capture::Tap>& taps) {
    return open_taps(context.root, taps, options.snap_bytes);
  };
  const auto daemons = daemons_of(state, *layout);
  std::unique_ptr<capture::PacketSource> source;
  if (daemons.empty()) {
    source = open_here(layout->taps);
  } else {
    auto merged = MergedTaps::open(context, layout->taps, daemons, options.snap_bytes, open_here);
    if (!merged) return fail(merged.error());
    source = *std::move(merged);
  }
  if (source->open_taps() == 0) {
    say_ends(*layout, source->read(0));
    return fail(kExitFailed, "none of these can be listened on");
  }
  Result<CaptureOutput> output = open_output(options);
  if (!output) return fail(output.error());
  CaptureRun capture(*layout, {options.snap_bytes, options.count}, *source, *output);
  return capture.run(section_of(*layout, options.names), duration_us);
}

int capture(const Context& context, const Options& options) {
  if (options.wireshark && options.file != "-") {
    return fail(kExitUsage, "--wireshark and -w: one capture has one output");
  }
  if (!options.wireshark && options.file == "-" && is_terminal(STDOUT_FILENO)) {
    return fail(kExitUsage,
                "a capture is no text for a terminal: -w FILE writes a file, --wireshark shows it, "
                "`vinet capture ... | tshark -r -` prints it");
  }
  std::optional<uint64_t> duration_us;
  if (!options.duration.empty()) {
    const Result<Duration> duration = parse_duration(options.duration);
    if (!duration || duration->us == 0) {
      return fail(kExitUsage, fmt::format("--duration {}: no duration, as 10s", options.duration));
    }
    duration_us = duration->us;
  }
  return run(context, options, duration_us);
}

}  // namespace

Run declare_capture(CLI::App& command, Context& context) {
  auto options = std::make_shared<Options>();
  command
      .add_option("NAME", options->names,
                  "links, nodes, machines, base links, parts, internets or bases, or patterns for "
                  "them")
      ->required()
      ->type_name("");
  command
      .add_flag("--tap-stream", options->tap_stream,
                "a machine's part of a capture on a fleet: names are NODE:DEVICE")
      ->group("");
  command
      .add_option("-w,--write", options->file,
                  "where the pcapng goes; - is standard output (default), if it is no terminal")
      ->type_name("FILE");
  command.add_flag("--wireshark", options->wireshark, "start Wireshark and show packets there");
  command.add_option("-c,--count", options->count, "end after so many packets")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command.add_option("--duration", options->duration, "end after so long, as 10s")
      ->type_name("DURATION");
  command
      .add_option("--snaplen", options->snap_bytes,
                  "store so many bytes of a packet (default: all)")
      ->type_name("BYTES")
      ->check(CLI::Range(1, 262'144));
  command.footer(
      "One interface for each link and layer, in a file that Wireshark and tshark read:\n"
      "  fig11.A-B at A         end layer: packets of link A-B as node A sees them\n"
      "  fig11.A-B on lab.X:Y   base layer: packets of A-B with all headers on base interface Y of "
      "machine X\n"
      "  lab.X:Y                everything else on that base interface\n"
      "A link is captured at both ends and on every base interface that it can pass; a node at its "
      "ends of its links and\n"
      "on theirs; a machine on its base interfaces. A link within one machine goes over no wire: "
      "only its ends are there.\n"
      "Names and comments are in the file. Ctrl-C ends it. It opens sockets and changes "
      "nothing.\n\n"
      "Examples:\n"
      "  vinet capture fig11.A-B -w link.pcapng\n"
      "  vinet capture fig11.B --wireshark\n"
      "  vinet capture lab.X --duration 10s -w machine.pcapng\n"
      "  vinet capture 'fig11.*-*' -c 100 | tshark -r -");
  return [&context, options] { return capture(context, *options); };
}

}  // namespace vinet::cli
