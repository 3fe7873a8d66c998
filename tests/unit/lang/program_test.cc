// Several files as one description.
#include "lang/program.h"

#include <gtest/gtest.h>

#include <map>

#include "lang/formatter.h"

namespace vinet::lang {
namespace {

using Files = std::map<std::string, std::string>;

Reader reader(const Files& files) {
  return [files](const std::string& path) -> Result<Source> {
    const auto found = files.find(path);
    if (found == files.end()) return Error{Errc::kNotFound, "open " + path + ": no such file"};
    return Source{path, found->second};
  };
}

struct Case {
  const char* name;
  const char* first;
  Files files;
  const char* all;  // the statements of all, formatted
};

TEST(Program, IncludedFilesStandInThePlaceOfTheirInclude) {
  const Case cases[] = {
      {"one",
       "include \"b.vinet\"\nlet a = 1\n",
       {{"b.vinet", "let b = 2\n"}},
       "let b = 2\nlet a = 1\n"},
      {"relative to the includer",
       "include \"sites/b.vinet\"\n",
       {{"sites/b.vinet", "include \"c.vinet\"\ninclude \"../d.vinet\"\n"},
        {"sites/c.vinet", "let c = 3\n"},
        {"d.vinet", "let d = 4\n"}},
       "let c = 3\nlet d = 4\n"},
      {"absolute",
       "include \"/x/b.vinet\"\n",
       {{"/x/b.vinet", "include \"c.vinet\"\n"}, {"/x/c.vinet", "let c = 3\n"}},
       "let c = 3\n"},
      {"twice",
       "include \"b.vinet\"\ninclude \"./b.vinet\"\n",
       {{"b.vinet", "let b = 2\n"}},
       "let b = 2\n"},
      {"each other",
       "include \"b.vinet\"\nlet a = 1\n",
       {{"b.vinet", "include \"a.vinet\"\nlet b = 2\n"}},
       "let b = 2\nlet a = 1\n"},
      {"itself", "include \"a.vinet\"\nlet a = 1\n", {}, "let a = 1\n"},
      {"a diamond",
       "include \"b.vinet\"\ninclude \"c.vinet\"\n",
       {{"b.vinet", "include \"d.vinet\"\n"},
        {"c.vinet", "include \"d.vinet\"\nlet c = 3\n"},
        {"d.vinet", "let d = 4\n"}},
       "let d = 4\nlet c = 3\n"},
  };
  for (const Case& c : cases) {
    Diagnostics diagnostics;
    const Program program = load({"a.vinet", c.first}, reader(c.files), diagnostics);
    ASSERT_TRUE(program.file) << c.name << render(program.sources, diagnostics);
    EXPECT_EQ(format(*program.file), c.all) << c.name;
    // The bundle is enough to say it all again.
    Diagnostics again;
    const Program same =
        load(program.sources.all().front(), bundle_reader(program.sources.all()), again);
    ASSERT_TRUE(same.file) << c.name;
    EXPECT_EQ(*same.file, *program.file) << c.name;
  }
}

TEST(Program, DiagnosticsNameTheFileAndShowItsLine) {
  Diagnostics diagnostics;
  const Program program = load({"a.vinet", "let a = 1\ninclude \"b.vinet\"\nlet = 3\n"},
                               reader({{"b.vinet", "\nlet b\n"}}), diagnostics);
  EXPECT_FALSE(program.file);
  EXPECT_EQ(render(program.sources, diagnostics),
            "a.vinet:3:5: error: expected a name for the value, found '='\n"
            "   3 | let = 3\n"
            "     |     ^\n");
  Diagnostics of_b;
  const Program good = load({"a.vinet", "let a = 1\ninclude \"b.vinet\"\n"},
                            reader({{"b.vinet", "\nlet b\n"}}), of_b);
  EXPECT_FALSE(good.file);
  EXPECT_EQ(render(good.sources, of_b),
            "b.vinet:2:6: error: expected '=' and the value, found the end of the file\n"
            "   2 | let b\n"
            "     |      ^\n");
}

TEST(Program, AFileThatCannotBeReadIsReportedAtItsInclude) {
  const struct {
    const char* text;
    const char* error;
  } cases[] = {
      {"include \"b.vinet\"\n",
       "a.vinet:1:9: error: open b.vinet: no such file\n"
       "   1 | include \"b.vinet\"\n"
       "     |         ^~~~~~~~~\n"},
      {"include \"\"\n",
       "a.vinet:1:9: error: the name of a file is missing\n"
       "   1 | include \"\"\n"
       "     |         ^~\n"},
  };
  for (const auto& c : cases) {
    Diagnostics diagnostics;
    const Program program = load({"a.vinet", c.text}, reader({}), diagnostics);
    EXPECT_FALSE(program.file);
    EXPECT_EQ(render(program.sources, diagnostics), c.error);
  }
}

TEST(Program, FilesWithoutEndAreStopped) {
  Diagnostics diagnostics;
  int read = 0;
  const Reader endless = [&](const std::string& path) -> Result<Source> {
    ++read;
    return Source{path, "include \"" + std::to_string(read) + ".vinet\"\n"};
  };
  const Program program = load({"a.vinet", "include \"b.vinet\"\n"}, endless, diagnostics);
  EXPECT_FALSE(program.file);
  EXPECT_EQ(program.sources.all().size(), kMaxFiles);
  ASSERT_EQ(diagnostics.error_count(), 1U);
  EXPECT_EQ(diagnostics.all().front().message, "more than 1000 files");
}

TEST(Program, AllFilesTogetherHaveALimitOfBytesAndOfWords) {
  const std::string large(7 << 20, '\n');
  Diagnostics diagnostics;
  int read = 0;
  const Reader bytes = [&](const std::string& path) -> Result<Source> {
    ++read;
    return Source{path, "include \"" + std::to_string(read) + "\"\n" + large};
  };
  EXPECT_FALSE(load({"a.vinet", "include \"b\"\n"}, bytes, diagnostics).file);
  EXPECT_EQ(read, 10);
  std::string words;
  for (int i = 0; i < 100'000; ++i) words += "let a = 1\n";
  Diagnostics of_words;
  const Program program =
      load({"a.vinet", "include \"b\"\n" + words}, reader({{"b", words}}), of_words);
  EXPECT_FALSE(program.file);
  ASSERT_EQ(of_words.error_count(), 1U) << render(program.sources, of_words);
  EXPECT_EQ(program.sources.locate(of_words.all().front().span.begin).source->name, "b");
}

TEST(Program, NamesAreResolvedInTheText) {
  EXPECT_EQ(included_name("a.vinet", "b.vinet"), "b.vinet");
  EXPECT_EQ(included_name("x/a.vinet", "b.vinet"), "x/b.vinet");
  EXPECT_EQ(included_name("x/a.vinet", "../b.vinet"), "b.vinet");
  EXPECT_EQ(included_name("x/a.vinet", "../../b.vinet"), "../b.vinet");
  EXPECT_EQ(included_name("/x/a.vinet", "../../b.vinet"), "/b.vinet");
  EXPECT_EQ(included_name("x/a.vinet", "/b//c/./d.vinet"), "/b/c/d.vinet");
  EXPECT_EQ(included_name("stdin", "./b.vinet"), "b.vinet");
}

}  // namespace
}  // namespace vinet::lang
