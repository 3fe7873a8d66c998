// Two archives with one interface: JsonWriter makes a JSON object of a struct, JsonReader fills a
// struct from one. What the members are called is said once, in a function `fields(archive, thing)`
// for each struct (plan_json.cc):
//
//   template <typename Archive, Is<MachinePlan> T>
//   void fields(Archive& archive, T& machine) {
//     archive("name", machine.name);
//   }
//
// The reader keeps the first error and its place and reads nothing more.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "plan/json_text.h"
#include "support/check.h"

namespace vinet::plan::json {

using Json = nlohmann::ordered_json;

template <typename T, typename U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

template <typename T>
inline constexpr bool kIsOptional = false;
template <typename T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

/// Names of things, to refer to them.
struct Names {
  std::vector<std::string> names;
  std::map<std::string, uint32_t, std::less<>> indexes;
};

/// Writes text at once: the plan of a large internet as a tree of values would take ten times the
/// memory of its text.
class JsonWriter {
 public:
  /// Opens an object in `out`. `indent`: spaces a level; -1: all on one line.
  JsonWriter(std::string& out, int indent, int level = 0)
      : out_(out), indent_(indent), level_(level) {
    out_ += '{';
  }
  /// Closes it; the last call.
  void close() {
    if (!empty_) new_line(level_);
    out_ += '}';
  }

  template <typename T>
  void operator()(const char* name, const T& value) {
    if constexpr (kIsOptional<T>) {
      if (value) (*this)(name, *value);
    } else if constexpr (Text<T>) {
      begin(name);
      quote(to_text(value));
    } else if constexpr (std::same_as<T, bool>) {
      begin(name);
      out_ += value ? "true" : "false";
    } else {
      static_assert(std::is_integral_v<T>);
      begin(name);
      out_ += std::to_string(value);
    }
  }
  /// A member that is left out where it has its default.
  template <typename T>
  void unless_default(const char* name, const T& value) {
    if (value != T{}) (*this)(name, value);
  }
  void unless(const char* name, bool value, bool standard) {
    if (value != standard) (*this)(name, value);
  }
  template <typename T>
  void list(const char* name, const std::vector<T>& things, const auto& each) {
    begin(name);
    out_ += '[';
    for (const T& thing : things) {
      if (&thing != things.data()) out_ += ',';
      new_line(level_ + 2);
      write_object(level_ + 2, thing, each);
    }
    if (!things.empty()) new_line(level_ + 1);
    out_ += ']';
  }
  void texts(const char* name, const std::vector<std::string>& texts) {
    begin(name);
    out_ += '[';
    for (const std::string& text : texts) {
      if (&text != texts.data()) out_ += ',';
      new_line(level_ + 2);
      quote(text);
    }
    if (!texts.empty()) new_line(level_ + 1);
    out_ += ']';
  }
  template <typename T>
  void list_if_any(const char* name, const std::vector<T>& things, const auto& each) {
    if (!things.empty()) list(name, things, each);
  }
  template <typename T>
  void nested(const char* name, const T& thing, const auto& each) {
    begin(name);
    write_object(level_ + 1, thing, each);
  }
  template <typename T>
  Names names(const char*, const std::vector<T>& things) const {
    Names names;
    for (const T& thing : things) names.names.push_back(thing.name);
    return names;
  }
  /// The names of a member's elements, by the name of what they are in.
  template <typename T, typename Member>
  std::map<std::string, Names> names_in(const char*, const char* member,
                                        const std::vector<T>& things, Member of) const {
    std::map<std::string, Names> all;
    for (const T& thing : things) all.emplace(thing.name, names(member, thing.*of));
    return all;
  }
  void reference(const char* name, uint32_t index, const Names& to) {
    VINET_CHECK(index < to.names.size());
    (*this)(name, to.names[index]);
  }
  void fail(const std::string&) const { VINET_CHECK(!"a plan refers to what it does not have"); }

 private:
  void begin(const char* name) {
    if (!empty_) out_ += ',';
    empty_ = false;
    new_line(level_ + 1);
    out_ += '"';
    out_ += name;
    out_ += indent_ < 0 ? "\":" : "\": ";
  }
  void new_line(int level) {
    if (indent_ < 0) return;
    out_ += '\n';
    out_.append(static_cast<size_t>(indent_ * level), ' ');
  }
  template <typename T>
  void write_object(int level, const T& thing, const auto& each) {
    JsonWriter writer(out_, indent_, level);
    each(writer, thing);
    writer.close();
  }
  void quote(const std::string& text) {
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
      return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
    });
    if (plain) {
      out_ += '"';
      out_ += text;
      out_ += '"';
    } else {
      out_ += Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
    }
  }

  std::string& out_;
  const int indent_, level_;
  bool empty_ = true;
};

class JsonReader {
 public:
  JsonReader(const Json& object, std::string path, std::optional<std::string>& error)
      : object_(object), path_(std::move(path)), error_(error) {
    if (!object.is_object()) fail("expected an object");
  }

  template <typename T>
  void operator()(const char* name, T& value) {
    if constexpr (kIsOptional<T>) {
      if (error_ || !object_.contains(name)) return;
      (*this)(name, value.emplace());
    } else {
      const Json* member = take(name);
      if (member == nullptr) return;
      if (const char* expected = read(*member, value)) {
        fail(name, std::string("expected ") + expected);
      }
    }
  }
  template <typename T>
  void unless_default(const char* name, T& value) {
    value = T{};
    if (!error_ && object_.contains(name)) (*this)(name, value);
  }
  void unless(const char* name, bool& value, bool standard) {
    value = standard;
    if (!error_ && object_.contains(name)) (*this)(name, value);
  }
  template <typename T>
  void list(const char* name, std::vector<T>& things, const auto& each) {
    const Json* array = take(name);
    if (array == nullptr) return;
    if (!array->is_array()) return fail(name, "expected an array");
    things.clear();
    for (size_t i = 0; i < array->size() && !error_; ++i) {
      JsonReader reader((*array)[i], place(name) + "[" + std::to_string(i) + "]", error_);
      if (!error_) each(reader, things.emplace_back());
      reader.finish();
    }
  }
  void texts(const char* name, std::vector<std::string>& texts) {
    const Json* array = take(name);
    if (array == nullptr) return;
    texts.clear();
    for (const Json& text : *array) {
      if (!text.is_string()) return fail(name, "expected an array of texts");
      texts.push_back(text.get<std::string>());
    }
  }
  template <typename T>
  void list_if_any(const char* name, std::vector<T>& things, const auto& each) {
    if (!error_ && object_.contains(name)) list(name, things, each);
  }
  template <typename T>
  void nested(const char* name, T& thing, const auto& each) {
    const Json* member = take(name);
    if (member == nullptr) return;
    JsonReader reader(*member, place(name), error_);
    if (!error_) each(reader, thing);
    reader.finish();
  }
  /// Of the elements of a list that is read now or later.
  template <typename T>
  Names names(const char* name, const std::vector<T>&) {
    Names names;
    if (error_ || !object_.contains(name) || !object_[name].is_array()) return names;
    for (const Json& element : object_[name]) {
      std::string text;
      if (element.is_object() && element.contains("name") && element["name"].is_string()) {
        text = element["name"].get<std::string>();
      }
      const auto index = static_cast<uint32_t>(names.names.size());
      if (!names.indexes.emplace(text, index).second) {
        fail(name, "'" + text + "' occurs twice");
      }
      names.names.push_back(text);
    }
    return names;
  }
  /// Of lists in a list that is read now or later, by the names of what they are in.
  template <typename T, typename Member>
  std::map<std::string, Names> names_in(const char* name, const char* member, const std::vector<T>&,
                                        Member) {
    std::map<std::string, Names> all;
    if (error_ || !object_.contains(name) || !object_[name].is_array()) return all;
    for (size_t i = 0; i < object_[name].size(); ++i) {
      const Json& element = object_[name][i];
      if (!element.is_object() || !element.contains("name") || !element["name"].is_string()) {
        continue;
      }
      JsonReader reader(element, place(name) + "[" + std::to_string(i) + "]", error_);
      all.emplace(element["name"].get<std::string>(), reader.names(member, std::vector<int>()));
    }
    return all;
  }
  void reference(const char* name, uint32_t& index, const Names& to) {
    std::string text;
    (*this)(name, text);
    if (error_) return;
    const auto it = to.indexes.find(text);
    if (it == to.indexes.end()) return fail(name, "nothing is called '" + text + "'");
    index = it->second;
  }
  /// Refuses members that were not asked for.
  void finish() {
    if (error_ || taken_ == object_.size()) return;
    fail("expected " + std::to_string(taken_) + " members, found " +
         std::to_string(object_.size()));
  }
  void fail(const std::string& what) {
    if (!error_) error_ = (path_.empty() ? "plan" : path_) + ": " + what;
  }
  void fail(const char* member, const std::string& what) {
    if (!error_) error_ = place(member) + ": " + what;
  }

 private:
  std::string place(const char* member) const {
    return path_.empty() ? member : path_ + "." + member;
  }
  const Json* take(const char* name) {
    if (error_) return nullptr;
    const auto it = object_.find(name);
    if (it == object_.end()) {
      fail(name, "is missing");
      return nullptr;
    }
    ++taken_;
    return &*it;
  }
  template <typename T>
  static const char* read(const Json& json, T& value) {
    if constexpr (Text<T>) {
      return json.is_string() ? from_text(json.get<std::string>(), value) : "text";
    } else if constexpr (std::same_as<T, bool>) {
      if (!json.is_boolean()) return "true or false";
      value = json.get<bool>();
      return nullptr;
    } else {
      static_assert(std::is_unsigned_v<T>);
      if (!json.is_number_unsigned()) return "a whole number";
      const auto number = json.get<uint64_t>();
      if (number > std::numeric_limits<T>::max()) return "a smaller number";
      value = static_cast<T>(number);
      return nullptr;
    }
  }

  const Json& object_;
  std::string path_;
  std::optional<std::string>& error_;
  size_t taken_ = 0;
};

}  // namespace vinet::plan::json
