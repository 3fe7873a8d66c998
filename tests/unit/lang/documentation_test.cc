// docs/language.md keeps its word: every piece of the language that it shows is read, and is
// canonical.
#include "unit/lang/read.h"

namespace vinet::lang {
namespace {

TEST(Documentation, ShowsWhatIsReadAndCanonical) {
  const std::string text = read_file("docs/language.md");
  const std::string fence = "```vinet\n";
  int pieces = 0;
  for (size_t begin = text.find(fence); begin != std::string::npos;
       begin = text.find(fence, begin)) {
    begin += fence.size();
    const std::string piece = text.substr(begin, text.find("```", begin) - begin);
    EXPECT_EQ(format(read_good(piece)), piece);
    ++pieces;
  }
  EXPECT_GE(pieces, 10);
}

}  // namespace
}  // namespace vinet::lang
