// The network namespace and the maps; see machine.h.
#include "machine.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "object.h"
#include "support/check.h"
#include "vi_encap.h"

namespace vinet::progrun {
namespace {

// In the namespace of this process, which the kernel takes away with it. By its path, since
// Busybox's shell prefers an `ip` of its own.
constexpr const char* kCommands = R"(set -e
ip=$(which ip)
sysctl -qw net.ipv4.ip_forward=1
$ip link set lo up
$ip address add 198.51.100.1/32 dev lo
$ip link add base type veth peer name base_peer
$ip link add narrow mtu 1000 type veth peer name narrow_peer mtu 1000
for dev in base narrow; do $ip link set $dev up; $ip link set ${dev}_peer up; done
$ip address add 192.0.2.1/24 dev base
$ip address add 203.0.113.1/24 dev narrow
$ip neighbour add 192.0.2.2 lladdr 02:00:00:00:00:a2 dev base nud permanent
$ip neighbour add 203.0.113.2 lladdr 02:00:00:00:00:a4 dev narrow nud permanent
$ip route add 198.51.100.2 via 192.0.2.2
$ip route add 198.51.100.3 via 192.0.2.3
$ip route add 198.51.100.4 via 203.0.113.2
$ip route add unreachable 198.51.100.6
for i in 1 2 3 4 5 6 7 8; do
  $ip link add backside$i type veth peer name vl$i
  $ip link set backside$i up
done
)";

int quiet(enum libbpf_print_level, const char*, va_list) {
  return 0;
}

Mac mac_of(const char* device) {
  ifreq request{};
  std::strncpy(request.ifr_name, device, IFNAMSIZ - 1);
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  Mac mac{};
  if (ioctl(fd, SIOCGIFHWADDR, &request) == 0)
    std::memcpy(mac.data(), request.ifr_hwaddr.sa_data, mac.size());
  close(fd);
  return mac;
}

void write_headers(const model::Link& link, uint8_t (*to)[VI_HEADER_BYTES], size_t room) {
  VINET_CHECK(link.stack.size() <= room);
  for (size_t i = 0; i < link.stack.size(); ++i) {
    vi_header header;
    vi_template(&header, static_cast<uint32_t>(i), htonl(link.stack[i].src),
                htonl(link.stack[i].dst));
    std::memcpy(to[i], &header, sizeof(header));
  }
}

std::string failed(const char* attempt) {
  return std::string(attempt) + ": " + std::strerror(errno);
}

}  // namespace

Machine& Machine::instance() {
  static Machine machine;
  return machine;
}

const std::string& Machine::refusal() {
  return instance().refusal_;
}

Machine::Machine() : refusal_(set_up()) {}
Machine::~Machine() {
  bpf_object__close(object_);
}

std::string Machine::set_up() {
  if (unshare(CLONE_NEWNET) != 0) return failed("new network namespace");
  libbpf_set_print(quiet);
  const char* other = std::getenv("VINET_BPF_OBJECT");  // a mutant
  if (other != nullptr) {
    object_ = bpf_object__open_file(other, nullptr);
  } else {
    const auto image = built_in_object();
    object_ = bpf_object__open_mem(image.data(), image.size(), nullptr);
  }
  if (object_ == nullptr) return failed("open the BPF object");
  if (bpf_object__load(object_) != 0) return failed("load the BPF programs");

  if (std::system(kCommands) != 0) return "the interfaces of the test machine cannot be made";
  for (int i = 0; i < kBacksides; ++i)
    backsides_[i] = if_nametoindex(("backside" + std::to_string(i + 1)).c_str());
  base_ = if_nametoindex("base");
  narrow_ = if_nametoindex("narrow");
  base_mac_ = mac_of("base");
  narrow_mac_ = mac_of("narrow");
  reset();
  return "";
}

int Machine::map(const char* name) const {
  const int fd = bpf_object__find_map_fd_by_name(object_, name);
  VINET_CHECK(fd >= 0);
  return fd;
}

void Machine::reset() {
  for (const char* name : {"vi_links", "vi_stacks", "vi_keys", "vi_uppers", "vi_own", "vi_sources",
                           "vi_shapes", "vi_counts", "vi_paths", "vi_heard", "vi_parts"}) {
    clear(name);
  }
  for (const uint32_t place : backsides_) add_counters(place);
  add_counters(0);
  set_probe(0);
}

void Machine::add_counters(uint32_t backside) {
  const std::vector<vi_counters> none(libbpf_num_possible_cpus());
  VINET_CHECK(bpf_map_update_elem(map("vi_counts"), &backside, none.data(), BPF_ANY) == 0);
}

void Machine::add_link(uint32_t backside, const vi_link& link) {
  VINET_CHECK(bpf_map_update_elem(map("vi_links"), &backside, &link, BPF_ANY) == 0);
}

void Machine::add_link(uint32_t backside, const model::Link& link) {
  add_link(backside, link_of(link));
  if (link.stack.size() > VI_SHORT_HEADERS) add_stack(backside, link);
  const uint8_t yes = 1;
  for (const uint32_t source : link.sources) {
    const vi_address address{link.node, htonl(source), 0};
    VINET_CHECK(bpf_map_update_elem(map("vi_sources"), &address, &yes, BPF_ANY) == 0);
  }
}

void Machine::add_stack(uint32_t backside, const model::Link& link) {
  vi_stack value{};
  write_headers(link, value.headers, VI_MAX_HEADERS);
  VINET_CHECK(bpf_map_update_elem(map("vi_stacks"), &backside, &value, BPF_ANY) == 0);
}

void Machine::add_end(const model::Key& key, const vi_end& end) {
  const vi_key be = key_of(key);
  VINET_CHECK(bpf_map_update_elem(map("vi_keys"), &be, &end, BPF_ANY) == 0);
}

void Machine::add_end(const model::Upper& key, const vi_end& end) {
  const vi_upper be = key_of(key);
  VINET_CHECK(bpf_map_update_elem(map("vi_uppers"), &be, &end, BPF_ANY) == 0);
}

void Machine::add_own(uint32_t link_address, uint32_t backside) {
  add_own(0, link_address, backside);
}

void Machine::add_own(uint64_t node, uint32_t link_address, uint32_t backside) {
  const vi_address address{node, htonl(link_address), 0};
  VINET_CHECK(bpf_map_update_elem(map("vi_own"), &address, &backside, BPF_ANY) == 0);
}

void Machine::add_shape(uint32_t backside, const vi_shape_state& state) {
  vi_shape shape{};
  shape.state = state;
  VINET_CHECK(bpf_map_update_elem(map("vi_shapes"), &backside, &shape, BPF_ANY) == 0);
}

void Machine::set_probe(uint64_t nonce) {
  const uint32_t zero = 0;
  vi_config config{};
  config.abi_version = VI_ABI_VERSION;
  config.base_addr_be = htonl(kBaseAddress);
  config.probe_nonce = nonce;
  VINET_CHECK(bpf_map_update_elem(map("vi_config"), &zero, &config, BPF_ANY) == 0);
}

void Machine::set_node(uint64_t node) {
  const uint32_t zero = 0;
  vi_config config{};
  VINET_CHECK(bpf_map_lookup_elem(map("vi_config"), &zero, &config) == 0);
  config.base_addr_be = 0;
  config.node = node;
  VINET_CHECK(bpf_map_update_elem(map("vi_config"), &zero, &config, BPF_ANY) == 0);
}

void Machine::set_reassembly(uint32_t parts, uint32_t whole) {
  const uint32_t zero = 0;
  vi_config config{};
  VINET_CHECK(bpf_map_lookup_elem(map("vi_config"), &zero, &config) == 0);
  config.parts_ifindex = parts;
  config.whole_ifindex = whole;
  VINET_CHECK(bpf_map_update_elem(map("vi_config"), &zero, &config, BPF_ANY) == 0);
}

void Machine::put_path(uint32_t far, const vi_path& path) {
  const uint32_t be = htonl(far);
  VINET_CHECK(bpf_map_update_elem(map("vi_paths"), &be, &path, BPF_ANY) == 0);
}

vi_heard Machine::heard(uint32_t far) const {
  const uint32_t be = htonl(far);
  vi_heard heard{};
  bpf_map_lookup_elem(map("vi_heard"), &be, &heard);
  return heard;
}

void Machine::forget_heard() {
  clear("vi_heard");
}

void Machine::age_part(uint32_t src, uint16_t id, uint64_t ago_ns) {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const uint64_t then = static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 +
                        static_cast<uint64_t>(now.tv_nsec) - ago_ns;
  const vi_part part{htonl(src), htons(id), 0};
  uint64_t value = 0;  // ticks of 2^24 ns, and whose it is (bpf/vi_fragment.h)
  VINET_CHECK(bpf_map_lookup_elem(map("vi_parts"), &part, &value) == 0);
  value = (then >> 24) << 32 | (value & 0xffffffff);
  VINET_CHECK(bpf_map_update_elem(map("vi_parts"), &part, &value, BPF_EXIST) == 0);
}

void Machine::clear(const char* name) {
  uint8_t key[64];
  while (bpf_map_get_next_key(map(name), nullptr, key) == 0) bpf_map_delete_elem(map(name), key);
}

void Machine::remove_counters(uint32_t backside) {
  bpf_map_delete_elem(map("vi_counts"), &backside);
}

Outcome Machine::run(const char* program, uint32_t ifindex, const Bytes& frame, uint32_t gso_size,
                     uint32_t gso_segs, uint32_t mark) {
  static std::vector<uint8_t> out(70'000);
  __sk_buff context{};
  context.ifindex = ifindex;
  context.gso_size = gso_size;
  context.gso_segs = gso_segs;
  context.priority = kOldPriority;
  context.mark = mark;
  LIBBPF_OPTS(bpf_test_run_opts, options);
  options.data_in = frame.data();
  options.data_size_in = static_cast<uint32_t>(frame.size());
  options.data_out = out.data();
  options.data_size_out = static_cast<uint32_t>(out.size());
  options.ctx_in = &context;
  options.ctx_size_in = sizeof(context);
  options.ctx_out = &context;
  options.ctx_size_out = sizeof(context);
  const bpf_program* found = bpf_object__find_program_by_name(object_, program);
  VINET_CHECK(found != nullptr);
  if (bpf_prog_test_run_opts(bpf_program__fd(found), &options) != 0) return {errno, 0, {}, 0, 0};
  return {0, static_cast<int>(options.retval),
          Bytes(out.begin(), out.begin() + options.data_size_out), context.priority, context.mark};
}

uint32_t Machine::time_ns(const char* program, uint32_t ifindex, const Bytes& frame, int repeat) {
  __sk_buff context{};
  context.ifindex = ifindex;
  LIBBPF_OPTS(bpf_test_run_opts, options);
  options.data_in = frame.data();
  options.data_size_in = static_cast<uint32_t>(frame.size());
  options.ctx_in = &context;
  options.ctx_size_in = sizeof(context);
  options.repeat = repeat;
  const bpf_program* found = bpf_object__find_program_by_name(object_, program);
  VINET_CHECK(found != nullptr);
  return bpf_prog_test_run_opts(bpf_program__fd(found), &options) == 0 ? options.duration : 0;
}

double Machine::run_ns(const char* program, uint32_t ifindex, const Bytes& frame, int times) {
  const bpf_program* found = bpf_object__find_program_by_name(object_, program);
  VINET_CHECK(found != nullptr);
  const int stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
  const auto so_far = [&] {
    bpf_prog_info info{};
    uint32_t bytes = sizeof(info);
    bpf_obj_get_info_by_fd(bpf_program__fd(found), &info, &bytes);
    return std::pair<uint64_t, uint64_t>(info.run_time_ns, info.run_cnt);
  };
  const auto before = so_far();
  for (int i = 0; i < times; ++i) run(program, ifindex, frame);
  const auto after = so_far();
  close(stats);
  const uint64_t runs = after.second - before.second;
  return runs == 0 ? 0
                   : static_cast<double>(after.first - before.first) / static_cast<double>(runs);
}

vi_counters Machine::counters(uint32_t backside) const {
  std::vector<vi_counters> cpus(libbpf_num_possible_cpus());
  vi_counters sum{};
  if (bpf_map_lookup_elem(map("vi_counts"), &backside, cpus.data()) != 0) return sum;
  for (const vi_counters& cpu : cpus) {
    sum.tx_packets += cpu.tx_packets;
    sum.tx_bytes += cpu.tx_bytes;
    sum.rx_packets += cpu.rx_packets;
    sum.rx_bytes += cpu.rx_bytes;
    for (int reason = 0; reason < VI_REASON_COUNT; ++reason) sum.drops[reason] += cpu.drops[reason];
  }
  return sum;
}

std::vector<vi_record> Machine::take_records() {
  std::vector<vi_record> records;
  const auto keep = [](void* to, void* data, size_t bytes) {
    if (bytes == sizeof(vi_record))
      static_cast<std::vector<vi_record>*>(to)->push_back(*static_cast<vi_record*>(data));
    return 0;
  };
  ring_buffer* ring = ring_buffer__new(map("vi_records"), keep, &records, nullptr);
  VINET_CHECK(ring != nullptr);
  ring_buffer__consume(ring);
  ring_buffer__free(ring);
  return records;
}

vi_link link_of(const model::Link& link) {
  vi_link value{};
  value.mtu_bytes = link.mtu_bytes;
  value.node = link.node;
  value.source_be = htonl(link.block.src);
  value.source_mask_be = htonl(link.block.dst);
  if (!link.ipv6) value.flags |= VI_LINK_NO_IPV6;
  if (link.no_route) value.flags |= VI_LINK_NO_ROUTE;
  if (link.check_source) value.flags |= VI_LINK_CHECK_SOURCE;
  value.header_count = static_cast<uint8_t>(link.stack.size());
  if (link.stack.size() <= VI_SHORT_HEADERS) write_headers(link, value.headers, VI_SHORT_HEADERS);
  if (const auto* key = std::get_if<model::Key>(&link.local)) {
    value.flags |= VI_LINK_LOCAL;
    value.key = key_of(*key);
  } else if (const auto* upper = std::get_if<model::Upper>(&link.local)) {
    value.flags |= VI_LINK_LOCAL | VI_LINK_UPPER;
    value.upper = key_of(*upper);
  } else if (link.stack.size() >= 2) {
    value.key =
        key_of({link.stack[0].src, link.stack[0].dst, link.stack[1].src, link.stack[1].dst});
  } else if (!link.stack.empty()) {  // of a machine that is a node
    value.key = key_of({link.stack[0].src, link.stack[0].dst, 0, 0});
  }
  return value;
}

vi_key key_of(const model::Key& key) {
  return {htonl(key.base_src), htonl(key.base_dst), htonl(key.link_src), htonl(key.link_dst)};
}

vi_upper key_of(const model::Upper& key) {
  return {key.node, htonl(key.src), htonl(key.dst)};
}

}  // namespace vinet::progrun
