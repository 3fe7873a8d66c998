// Index: what a store in an etcd consists of. One key, whose change is the moment in which a write
// becomes valid; what it names lies beside it and is never changed, only replaced.
//
//   PREFIX/state                                     the index
//   PREFIX/objects/KIND/NAME/SERIAL/000000, 000001   texts of state_json.h, cut into parts
//   PREFIX/events/ID                                 events from this number on
//   PREFIX/leader                                    endpoint of the controller (leadership.h)
//
// So a write of any size is all or nothing by one transaction of etcd, which takes 1.5 MB and 128
// keys at most, and whoever read one state need read again only what has another serial.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "control/state.h"
#include "support/result.h"

namespace vinet::etcd {

/// One object: where its parts are.
struct Entry {
  std::string serial;  ///< of the write that brought it
  uint64_t parts = 0;
  friend bool operator==(const Entry&, const Entry&) = default;
};

struct Index {
  std::string id;      ///< of the store
  std::string serial;  ///< of the last write: who lost the answer finds out here
  uint64_t term = 0, generation = 0;
  std::map<std::string, Entry> objects;  ///< by KIND/NAME: base/lab, internet/fig11, operation/1
  friend bool operator==(const Index&, const Index&) = default;
};

std::string to_text(const Index& index);
/// Errors: failed_precondition: damaged, not vinet's, or of another version.
Result<Index> index_from_text(const std::string& text);

/// Events of one write; their numbers begin with the one that the key names.
std::string to_text(const std::vector<control::Event>& events);
Result<std::vector<control::Event>> events_from_text(const std::string& text, uint64_t first_id);

/// Names of keys under one prefix.
class Keys {
 public:
  explicit Keys(std::string prefix) : prefix_(std::move(prefix)) {}
  std::string all() const { return prefix_ + "/"; }
  std::string state() const { return prefix_ + "/state"; }
  std::string leader() const { return prefix_ + "/leader"; }
  std::string objects() const { return prefix_ + "/objects/"; }
  /// What the parts of one object begin with.
  std::string object(const std::string& name, const Entry& entry) const;
  std::string part(const std::string& name, const Entry& entry, uint64_t part) const;
  std::string events() const { return prefix_ + "/events/"; }
  std::string event(uint64_t id) const;
  /// The number in such a key; 0 where it is another key.
  uint64_t event_of(const std::string& key) const;

 private:
  std::string prefix_;
};

}  // namespace vinet::etcd
