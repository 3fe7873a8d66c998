// A directory for one test, and descriptions from text.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "control/description.h"
#include "graph/expand.h"
#include "lang/parser.h"

namespace vinet::control {

class Scratch {
 public:
  Scratch() : path_((place() / "vinet-control.XXXXXX").string()) {
    EXPECT_NE(::mkdtemp(path_.data()), nullptr);
  }
  ~Scratch() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  /// In memory where that can be: databases sync a lot.
  static std::filesystem::path place() {
    const char* const kMemory = "/dev/shm";
    return ::access(kMemory, W_OK) == 0 ? std::filesystem::path(kMemory)
                                        : std::filesystem::temp_directory_path();
  }
  std::string path_;
};

inline std::string read_whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

inline void write_whole(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline graph::Graph graph_of(const std::string& text, const State& running = {}) {
  const Source source{"test.vinet", text};
  Diagnostics diagnostics;
  const auto file = lang::parse(source, diagnostics);
  const auto options = expand_options({}, {}, running);
  EXPECT_TRUE(options);
  auto graph = file ? graph::expand(*file, *options, diagnostics) : std::nullopt;
  EXPECT_TRUE(graph.has_value()) << render(source, diagnostics);
  return graph.value_or(graph::Graph{});
}

inline const std::string kLab = "base lab {\n  machine X, Y, Z\n  X -- Y -- Z\n}\n";
inline const std::string kLine =
    "internet line on lab {\n  host A at X\n  router B at Y\n  host D at Z\n  A -- B -- D\n}\n";
inline const std::string kUpper =
    "internet upper on line {\n  host p at A\n  host s at D\n  p -- s\n}\n";
inline const std::string kTop =
    "internet top on upper {\n  host u at p\n  host v at s\n  u -- v\n}\n";
inline const std::string kPair =
    "internet pair on lab {\n  host A at X\n  host B at X\n  A -- B\n}\n";

}  // namespace vinet::control
