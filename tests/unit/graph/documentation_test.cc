// docs/language.md keeps its word: every example is a description that is right, or gets the very
// message behind it.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>

#include "graph/expand.h"
#include "lang/program.h"

namespace vinet::graph {
namespace {

struct Fence {
  std::string kind;  // behind the quotes: `vinet`, `vinet sites.vinet`, `error`
  std::string text;
};

std::vector<Fence> fences(const std::string& text) {
  std::vector<Fence> found;
  const std::string mark = "```";
  for (size_t begin = text.find(mark); begin != std::string::npos; begin = text.find(mark, begin)) {
    const size_t line = text.find('\n', begin);
    const size_t end = text.find(mark, line);
    found.push_back(
        {text.substr(begin + 3, line - begin - 3), text.substr(line + 1, end - line - 1)});
    begin = end + 3;
  }
  return found;
}

TEST(Documentation, EveryExampleIsWhatItSays) {
  std::ifstream in("docs/language.md", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const std::vector<Fence> all = fences(text);
  std::map<std::string, std::string> files;
  const lang::Reader read = [&](const std::string& path) -> Result<Source> {
    return Source{path, files[path]};
  };
  ExpandOptions options;  // the lab of the section on bases runs
  Base lab{"lab", {}, {}, {}};
  for (const char* name : {"X", "Y", "m0", "m1", "m2", "m3", "m4", "m5"}) {
    lab.machines.emplace_back().name = name;
  }
  options.running_bases = {lab};
  int examples = 0, errors = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].kind.starts_with("vinet ")) files[all[i].kind.substr(6)] = all[i].text;
    if (all[i].kind != "vinet") continue;
    const std::string wanted =
        i + 1 < all.size() && all[i + 1].kind == "error" ? all[i + 1].text : "";
    Diagnostics diagnostics;
    const lang::Program program = lang::load({"in.vinet", all[i].text}, read, diagnostics);
    if (program.file) (void)expand(*program.file, options, diagnostics);
    EXPECT_EQ(render(program.sources, diagnostics), wanted) << all[i].text;
    ++examples;
    errors += wanted.empty() ? 0 : 1;
  }
  EXPECT_GE(examples, 15);
  EXPECT_GE(errors, 5);
}

}  // namespace
}  // namespace vinet::graph
