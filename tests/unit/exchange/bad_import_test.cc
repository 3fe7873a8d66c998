// Files that are no GraphML, or try to do harm: what is said, and where.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/exchange/read.h"

namespace vinet::exchange {
namespace {

using testing::HasSubstr;

struct Case {
  std::string name;
  std::string text;
  std::string said;
};
void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}
class BadImport : public testing::TestWithParam<Case> {};

TEST_P(BadImport, IsRefusedWithItsPlace) {
  EXPECT_THAT(imported(GetParam().text), HasSubstr(GetParam().said));
}

std::string repeated(const std::string& text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

const Case kCases[] = {
    {"Empty", "", "not well-formed XML: no element found"},
    {"NoXml", "internet x on lab {\n}\n", "in.graphml:1:1: error: not well-formed XML"},
    {"Cut", "<graphml>\n<graph>\n<node id=\"a\">\n",
     "in.graphml:3:14: error: not well-formed XML: no element found"},
    {"WrongEnd", "<graphml>\n<graph>\n</graphml>\n", "in.graphml:3:3: error: not well-formed XML"},
    {"OtherXml", "<html/>", "1:1: error: this is no GraphML: its outermost element is 'html'"},
    {"NoGraph", "<graphml/>", "there is no graph in this file"},
    {"NotUtf8", "<graphml>\n<graph id=\"\xff\"/></graphml>", "in.graphml:2"},
    {"UnknownEncoding", "<?xml version=\"1.0\" encoding=\"windows-1252\"?><graphml/>",
     "unknown encoding"},
    {"UnknownEntity", "<graphml>\n<graph id=\"&uuml;\"/></graphml>", "in.graphml:2"},
    {"UnknownNode", graphml(node("a", "A") + edge("a", "z")),
     ":15:1: error: this edge ends at node 'z', which is not there"},
    {"EdgeWithoutTarget", graphml(node("a", "A") + "<edge source=\"a\"/>"),
     "this edge has no target"},
    {"SameId", graphml(node("a", "A") + node("a", "B")), "two nodes have the id 'a'"},
    {"EntityBomb",
     "<?xml version=\"1.0\"?><!DOCTYPE g [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b "
     "\"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]><graphml><graph id=\"&b;\"/></graphml>",
     "entities of a file's own are not read: 'a'"},
    {"ExternalEntity",
     "<!DOCTYPE g [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><graphml><graph id=\"x\">"
     "<node id=\"b\"><data key=\"label\">&a;</data></node></graph></graphml>",
     "entities of a file's own are not read: 'a'"},
    {"ParameterEntity", "<!DOCTYPE g [<!ENTITY % a \"x\">]><graphml/>",
     "entities of a file's own are not read: 'a'"},
    {"Deep", "<graphml>" + repeated("<x>", 1000), "elements are nested more than 64 deep"},
    {"DeepGraphs", "<graphml>" + repeated("<graph><node>", 100'000),
     "elements are nested more than 64 deep"},
    {"TooManyNodes", "<graphml><graph>" + repeated("<node/>", 250'001), "more than 250000 nodes"},
    {"TooLongADescription",
     "<graphml><graph><node id=\"a\"/><node id=\"b\"/>" +
         repeated("<edge source=\"a\" target=\"b\"/>", 100'000) + "</graph></graphml>",
     "the description of this graph would be too long"},
};
INSTANTIATE_TEST_SUITE_P(, BadImport, testing::ValuesIn(kCases),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace vinet::exchange
