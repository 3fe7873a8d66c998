// The maps of a machine: entries of links, keys, own addresses and counters, and the probe's
// records.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>

#include "kernel/linux_programs.h"

namespace vinet::kernel {
namespace {

/// Maps that grow take memory from a small cache that the kernel fills in the background: when
/// entries come faster, it says ENOMEM for a moment.
constexpr std::chrono::seconds kMemoryDeadline{2};

Result<int> fd_of(const MapFds& maps, const char* name) {
  const auto found = maps.find(name);
  if (found == maps.end()) return Error{Errc::kInternal, std::string("no map ") + name};
  return found->second.get();
}

Result<uint32_t> value_bytes_of(int map) {
  bpf_map_info info{};
  uint32_t length = sizeof info;
  if (bpf_obj_get_info_by_fd(map, &info, &length) != 0) return errno_error("ask for a map", errno);
  return info.value_size;
}

/// Bytes that one entry of a per-CPU map has for each CPU: values lie 8-byte aligned.
constexpr size_t kCounterStride = (sizeof(vi_counters) + 7) / 8 * 8;

size_t cpu_count() {
  return static_cast<size_t>(std::max(libbpf_num_possible_cpus(), 1));
}

/// So many entries are read with one call; a bucket holds a few.
constexpr uint32_t kAtOnce = 1024;

/// Walks a map, bucket by bucket: each entry that stays is seen once. `each` gets a key and the
/// first of its `values` values (one for each CPU, or one).
template <typename Key, typename Value>
Status walk(int map, size_t values, const std::function<void(const Key&, const Value*)>& each) {
  std::vector<Key> keys(kAtOnce);
  std::vector<Value> found(kAtOnce * values);
  uint32_t bucket = 0;
  for (void* from = nullptr;; from = &bucket) {
    uint32_t count = kAtOnce;
    const int result =
        bpf_map_lookup_batch(map, from, &bucket, keys.data(), found.data(), &count, nullptr);
    if (result != 0 && errno != ENOENT) return errno_error("read a map", errno);
    const bool is_last = result != 0;
    for (uint32_t i = 0; i < count; ++i) each(keys[i], &found[i * values]);
    if (is_last) return ok();
  }
}

void add(vi_counters& sum, const vi_counters& part) {
  sum.tx_packets += part.tx_packets;
  sum.tx_bytes += part.tx_bytes;
  sum.rx_packets += part.rx_packets;
  sum.rx_bytes += part.rx_bytes;
  for (size_t i = 0; i < VI_REASON_COUNT; ++i) sum.drops[i] += part.drops[i];
}

std::string number(uint32_t value) {
  return " " + std::to_string(value);
}

}  // namespace

Status LinuxPrograms::update(const std::string& machine, const char* map, const void* key,
                             const void* value) {
  ASSIGN_OR_RETURN(Held * held, require(machine));
  ASSIGN_OR_RETURN(const int fd, fd_of(held->loaded.maps, map));
  const auto end = std::chrono::steady_clock::now() + kMemoryDeadline;
  while (bpf_map_update_elem(fd, key, value, BPF_ANY) != 0) {
    if (errno != ENOMEM || std::chrono::steady_clock::now() > end) {
      return errno_error(std::string("put into ") + map + " of " + machine, errno);
    }
    const timespec pause{0, 200'000};
    nanosleep(&pause, nullptr);
  }
  return ok();
}

Status LinuxPrograms::erase(const std::string& machine, const char* map, const void* key) {
  ASSIGN_OR_RETURN(Held * held, require(machine));
  ASSIGN_OR_RETURN(const int fd, fd_of(held->loaded.maps, map));
  if (bpf_map_delete_elem(fd, key) != 0) {
    return errno_error(std::string("erase from ") + map + " of " + machine, errno);
  }
  return ok();
}

Status LinuxPrograms::put_link(const std::string& machine, uint32_t backside, const vi_link& link) {
  TRY(context_.calls().count("programs.put_link " + machine + number(backside)));
  return update(machine, "vi_links", &backside, &link);
}

Status LinuxPrograms::erase_link(const std::string& machine, uint32_t backside) {
  TRY(context_.calls().count("programs.erase_link " + machine + number(backside)));
  return erase(machine, "vi_links", &backside);
}

Status LinuxPrograms::put_key(const std::string& machine, const vi_key& key, const vi_end& end) {
  TRY(context_.calls().count("programs.put_key " + machine + number(end.backside)));
  return update(machine, "vi_keys", &key, &end);
}

Status LinuxPrograms::erase_key(const std::string& machine, const vi_key& key) {
  TRY(context_.calls().count("programs.erase_key " + machine));
  return erase(machine, "vi_keys", &key);
}

Status LinuxPrograms::put_stack(const std::string& machine, uint32_t backside,
                                const vi_stack& stack) {
  TRY(context_.calls().count("programs.put_stack " + machine + number(backside)));
  return update(machine, "vi_stacks", &backside, &stack);
}

Status LinuxPrograms::erase_stack(const std::string& machine, uint32_t backside) {
  TRY(context_.calls().count("programs.erase_stack " + machine + number(backside)));
  return erase(machine, "vi_stacks", &backside);
}

Status LinuxPrograms::put_upper(const std::string& machine, const vi_upper& key,
                                const vi_end& end) {
  TRY(context_.calls().count("programs.put_upper " + machine + number(end.backside)));
  return update(machine, "vi_uppers", &key, &end);
}

Status LinuxPrograms::erase_upper(const std::string& machine, const vi_upper& key) {
  TRY(context_.calls().count("programs.erase_upper " + machine));
  return erase(machine, "vi_uppers", &key);
}

Status LinuxPrograms::put_own(const std::string& machine, const vi_address& link_address,
                              uint32_t backside) {
  TRY(context_.calls().count("programs.put_own " + machine + number(backside)));
  return update(machine, "vi_own", &link_address, &backside);
}

Status LinuxPrograms::erase_own(const std::string& machine, const vi_address& link_address) {
  TRY(context_.calls().count("programs.erase_own " + machine));
  return erase(machine, "vi_own", &link_address);
}

Status LinuxPrograms::put_source(const std::string& machine, const vi_address& source) {
  TRY(context_.calls().count("programs.put_source " + machine));
  const uint8_t yes = 1;
  return update(machine, "vi_sources", &source, &yes);
}

Status LinuxPrograms::erase_source(const std::string& machine, const vi_address& source) {
  TRY(context_.calls().count("programs.erase_source " + machine));
  return erase(machine, "vi_sources", &source);
}

Status LinuxPrograms::make_counters(const std::string& machine, uint32_t backside) {
  ASSIGN_OR_RETURN(Held * held, require(machine));
  ASSIGN_OR_RETURN(const int shapes, fd_of(held->loaded.maps, "vi_shapes"));
  ASSIGN_OR_RETURN(const uint32_t shape_bytes, value_bytes_of(shapes));
  const std::vector<char> counters(cpu_count() * kCounterStride);
  const std::vector<char> shape(shape_bytes);
  TRY(update(machine, "vi_counts", &backside, counters.data()));
  if (backside == 0) return ok();
  return update(machine, "vi_shapes", &backside, shape.data());
}

Status LinuxPrograms::put_counters(const std::string& machine, uint32_t backside) {
  TRY(context_.calls().count("programs.put_counters " + machine + number(backside)));
  return make_counters(machine, backside);
}

Status LinuxPrograms::erase_counters(const std::string& machine, uint32_t backside) {
  TRY(context_.calls().count("programs.erase_counters " + machine + number(backside)));
  Status shape = erase(machine, "vi_shapes", &backside);
  if (!shape && shape.error().code != Errc::kNotFound) return shape;
  return erase(machine, "vi_counts", &backside);
}

template <typename Value>
Result<std::map<uint32_t, Value>> LinuxPrograms::list_by_number(const std::string& machine,
                                                                const char* name) {
  std::map<uint32_t, Value> entries;
  ASSIGN_OR_RETURN(Held * held, find(machine));
  if (held == nullptr) return entries;
  ASSIGN_OR_RETURN(const int map, fd_of(held->loaded.maps, name));
  TRY((walk<uint32_t, Value>(
      map, 1, [&](const uint32_t& key, const Value* found) { entries[key] = *found; })));
  return entries;
}

Result<std::map<uint32_t, vi_link>> LinuxPrograms::list_links(const std::string& machine) {
  return list_by_number<vi_link>(machine, "vi_links");
}

Result<std::map<uint32_t, vi_stack>> LinuxPrograms::list_stacks(const std::string& machine) {
  return list_by_number<vi_stack>(machine, "vi_stacks");
}

template <typename Key>
Result<std::vector<std::pair<Key, vi_end>>> LinuxPrograms::list_ends(const std::string& machine,
                                                                     const char* name) {
  std::map<Key, vi_end, ByBytes> ends;
  ASSIGN_OR_RETURN(Held * held, find(machine));
  if (held != nullptr) {
    ASSIGN_OR_RETURN(const int map, fd_of(held->loaded.maps, name));
    TRY((walk<Key, vi_end>(map, 1,
                           [&](const Key& key, const vi_end* found) { ends[key] = *found; })));
  }
  return std::vector<std::pair<Key, vi_end>>(ends.begin(), ends.end());
}

Result<std::vector<std::pair<vi_key, vi_end>>> LinuxPrograms::list_keys(
    const std::string& machine) {
  return list_ends<vi_key>(machine, "vi_keys");
}

Result<std::vector<std::pair<vi_upper, vi_end>>> LinuxPrograms::list_uppers(
    const std::string& machine) {
  return list_ends<vi_upper>(machine, "vi_uppers");
}

Result<OwnMap> LinuxPrograms::list_own(const std::string& machine) {
  OwnMap own;
  ASSIGN_OR_RETURN(Held * held, find(machine));
  if (held == nullptr) return own;
  ASSIGN_OR_RETURN(const int map, fd_of(held->loaded.maps, "vi_own"));
  TRY((walk<vi_address, uint32_t>(
      map, 1, [&](const vi_address& address, const uint32_t* found) { own[address] = *found; })));
  return own;
}

Result<SourceSet> LinuxPrograms::list_sources(const std::string& machine) {
  SourceSet sources;
  ASSIGN_OR_RETURN(Held * held, find(machine));
  if (held == nullptr) return sources;
  ASSIGN_OR_RETURN(const int map, fd_of(held->loaded.maps, "vi_sources"));
  TRY((walk<vi_address, uint8_t>(
      map, 1, [&](const vi_address& source, const uint8_t*) { sources.insert(source); })));
  return sources;
}

Result<std::map<uint32_t, vi_counters>> LinuxPrograms::list_counters(const std::string& machine) {
  std::map<uint32_t, vi_counters> counters;
  ASSIGN_OR_RETURN(Held * held, find(machine));
  if (held == nullptr) return counters;
  ASSIGN_OR_RETURN(const int map, fd_of(held->loaded.maps, "vi_counts"));
  static_assert(kCounterStride == sizeof(vi_counters));
  const size_t cpus = cpu_count();
  TRY((walk<uint32_t, vi_counters>(map, cpus, [&](const uint32_t& key, const vi_counters* found) {
    vi_counters sum{};
    for (size_t cpu = 0; cpu < cpus; ++cpu) add(sum, found[cpu]);
    counters[key] = sum;
  })));
  return counters;
}

Status LinuxPrograms::put_path(const std::string& machine, uint32_t far_be, const vi_path& path) {
  TRY(context_.calls().count("programs.put_path " + machine));
  return update(machine, "vi_paths", &far_be, &path);
}

Status LinuxPrograms::erase_path(const std::string& machine, uint32_t far_be) {
  TRY(context_.calls().count("programs.erase_path " + machine));
  return erase(machine, "vi_paths", &far_be);
}

Result<std::map<uint32_t, vi_path>> LinuxPrograms::list_paths(const std::string& machine) {
  return list_by_number<vi_path>(machine, "vi_paths");
}

Result<std::map<uint32_t, vi_heard>> LinuxPrograms::take_heard(const std::string& machine) {
  ASSIGN_OR_RETURN(auto heard, list_by_number<vi_heard>(machine, "vi_heard"));
  for (const auto& [far_be, unused] : heard) TRY(erase(machine, "vi_heard", &far_be));
  return heard;
}

Result<std::set<uint32_t>> LinuxPrograms::list_shapes(const std::string& machine) {
  std::set<uint32_t> backsides;
  ASSIGN_OR_RETURN(Held * held, find(machine));
  if (held == nullptr) return backsides;
  ASSIGN_OR_RETURN(const int map, fd_of(held->loaded.maps, "vi_shapes"));
  // One by one: a walk by batches would copy values that have a lock inside. What is erased
  // meanwhile may make it begin anew, but not without end.
  uint32_t key = 0;
  const uint32_t* from = nullptr;
  for (size_t steps = 0; steps <= 2 * VI_MAX_LINKS; ++steps) {
    uint32_t next = 0;
    if (bpf_map_get_next_key(map, from, &next) != 0) {
      if (errno == ENOENT) return backsides;
      return errno_error("read vi_shapes of " + machine, errno);
    }
    backsides.insert(next);
    key = next;
    from = &key;
  }
  return backsides;
}

Result<vi_config> LinuxPrograms::read_config(const std::string& machine) {
  ASSIGN_OR_RETURN(Held * held, require(machine));
  ASSIGN_OR_RETURN(const int map, fd_of(held->loaded.maps, "vi_config"));
  const uint32_t zero = 0;
  vi_config config{};
  if (bpf_map_lookup_elem(map, &zero, &config) != 0) {
    return errno_error("read vi_config of " + machine, errno);
  }
  return config;
}

Status LinuxPrograms::set_probe(const std::string& machine, uint64_t nonce) {
  TRY(context_.calls().count("programs.set_probe " + machine));
  return change_config(machine, [&](vi_config& config) { config.probe_nonce = nonce; });
}

Status LinuxPrograms::change_config(const std::string& machine,
                                    const std::function<void(vi_config&)>& change) {
  ASSIGN_OR_RETURN(Held * held, require(machine));
  ASSIGN_OR_RETURN(const int map, fd_of(held->loaded.maps, "vi_config"));
  const uint32_t zero = 0;
  vi_config config{};
  if (bpf_map_lookup_elem(map, &zero, &config) != 0) {
    return errno_error("read vi_config of " + machine, errno);
  }
  change(config);
  return update(machine, "vi_config", &zero, &config);
}

void LinuxPrograms::CloseRing::operator()(ring_buffer* ring) const {
  ring_buffer__free(ring);
}

int LinuxPrograms::on_record(void* records, void* data, size_t bytes) {
  if (bytes < sizeof(vi_record)) return 0;
  vi_record record;
  std::memcpy(&record, data, sizeof record);
  static_cast<std::vector<vi_record>*>(records)->push_back(record);
  return 0;
}

Result<std::vector<vi_record>> LinuxPrograms::take_records(const std::string& machine) {
  ASSIGN_OR_RETURN(Held * held, find(machine));
  if (held == nullptr) return std::vector<vi_record>{};
  if (!held->ring) {
    ASSIGN_OR_RETURN(const int map, fd_of(held->loaded.maps, "vi_records"));
    held->records = std::make_unique<std::vector<vi_record>>();
    held->ring.reset(ring_buffer__new(map, on_record, held->records.get(), nullptr));
    if (!held->ring) return errno_error("open the records of " + machine, errno);
  }
  if (const int result = ring_buffer__consume(held->ring.get()); result < 0) {
    return errno_error("take the records of " + machine, -result);
  }
  return std::exchange(*held->records, {});
}

}  // namespace vinet::kernel
