#include "etcd/index.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <string_view>

#include "support/hash.h"

namespace vinet::etcd {
namespace {

using nlohmann::json;
constexpr std::string_view kFormat = "vinet etcd 1";

Error bad(const std::string& what) {
  return Error{Errc::kFailedPrecondition, what, 0};
}

std::string hash_of(std::string_view text) {
  return fmt::format("{:016x}", stable_hash(text));
}

bool is_number(const json& object, const char* key) {
  return object.contains(key) && object[key].is_number_unsigned();
}
bool is_text(const json& object, const char* key) {
  return object.contains(key) && object[key].is_string();
}

}  // namespace

std::string to_text(const Index& index) {
  json objects = json::object();
  for (const auto& [name, entry] : index.objects) {
    objects[name] = {{"serial", entry.serial}, {"parts", entry.parts}};
  }
  const std::string body = json{
      {"id", index.id},
      {"serial", index.serial},
      {"term", index.term},
      {"generation", index.generation},
      {"objects",
       std::move(objects)}}.dump();
  return fmt::format("{} {}\n{}", kFormat, hash_of(body), body);
}

Result<Index> index_from_text(const std::string& text) {
  const std::string first = text.substr(0, text.find('\n'));
  if (!first.starts_with("vinet etcd ")) return bad("damaged, or not a state of vinet");
  if (!first.starts_with(kFormat) || first.substr(kFormat.size(), 1) != " ") {
    return bad(fmt::format("written in the format '{}', this vinet reads '{}'",
                           first.substr(0, first.rfind(' ')), kFormat));
  }
  const std::string body = text.substr(std::min(text.size(), first.size() + 1));
  if (first.substr(kFormat.size() + 1) != hash_of(body)) {
    return bad("damaged: the checksum does not fit");
  }
  const json read = json::parse(body, nullptr, false);
  if (!read.is_object() || !is_text(read, "id") || !is_text(read, "serial") ||
      !is_number(read, "term") || !is_number(read, "generation") || !read.contains("objects") ||
      !read["objects"].is_object()) {
    return bad("damaged: not an index");
  }
  Index index{read["id"], read["serial"], read["term"], read["generation"], {}};
  for (const auto& [name, entry] : read["objects"].items()) {
    if (!entry.is_object() || !is_text(entry, "serial") || !is_number(entry, "parts")) {
      return bad("damaged: not an entry of an index");
    }
    index.objects[name] = {entry["serial"], entry["parts"]};
  }
  return index;
}

std::string to_text(const std::vector<control::Event>& events) {
  json list = json::array();
  for (const control::Event& event : events) {
    list.push_back({event.time_us, event.kind, event.object, event.text});
  }
  return list.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<std::vector<control::Event>> events_from_text(const std::string& text, uint64_t first_id) {
  const json list = json::parse(text, nullptr, false);
  if (!list.is_array()) return bad("damaged: not a list of events");
  std::vector<control::Event> events;
  for (const json& one : list) {
    if (!one.is_array() || one.size() != 4 || !one[0].is_number_unsigned() || !one[1].is_string() ||
        !one[2].is_string() || !one[3].is_string()) {
      return bad("damaged: not an event");
    }
    events.push_back({first_id + events.size(), one[0], one[1], one[2], one[3]});
  }
  return events;
}

std::string Keys::object(const std::string& name, const Entry& entry) const {
  return fmt::format("{}{}/{}/", objects(), name, entry.serial);
}

std::string Keys::part(const std::string& name, const Entry& entry, uint64_t part) const {
  return fmt::format("{}{:06}", object(name, entry), part);
}

std::string Keys::event(uint64_t id) const {
  return fmt::format("{}{:020}", events(), id);
}

uint64_t Keys::event_of(const std::string& key) const {
  uint64_t id = 0;
  if (!key.starts_with(events())) return 0;
  const char* begin = key.data() + events().size();
  const auto [end, error] = std::from_chars(begin, key.data() + key.size(), id);
  return error == std::errc() && end == key.data() + key.size() ? id : 0;
}

}  // namespace vinet::etcd
