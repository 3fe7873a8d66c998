// Parts and ports that are wrong: what is said, and where.
#include "unit/graph/bad_case.h"

namespace vinet::graph {
namespace {

std::string net(const std::string& body, const std::string& parts) {
  return in_internet(body) + parts;
}

constexpr char kPort[] = "part p() {\nrouter r\nport up = r\n}\n";

const BadCase kCases[] = {
    {"UnknownPart",
     net("part t = tre(1)", "part tree(n) {\n}\n"),
     {"6:10: unknown part 'tre' = did you mean 'tree'?"}},
    {"UnknownPartNothingNear",
     net("part t = zebra(1)", ""),
     {"6:10: unknown part 'zebra' = describe it at the top of the file: `part zebra() { … }`"}},
    {"TooManyArguments",
     net("part t = tree(1, 2)", "part tree(n) {\n}\n"),
     {"6:18: part 'tree' takes 1 argument, not 2 = it is `tree(n)`"}},
    {"TooFewArguments",
     net("part t = tree(1)", "part tree(n, fanout, last = 3) {\n}\n"),
     {"6:10: part 'tree' needs an argument for 'fanout' = it is `tree(n, fanout, last = …)`"}},
    {"ANodeAsArgument",
     net("host a\npart t = tree(a)", "part tree(n) {\n}\n"),
     {"7:15: an argument is a value, not a host = a part is joined to other nodes through its "
      "ports"}},
    {"TwoParameters",
     net("part t = p(1, 2)", "part p(a, a) {\n}\n"),
     {"8:11: 'a' is declared twice = in this block it is an integer already"}},
    {"TwoParts",
     net("", "part p() {\n}\npart p() {\n}\n"),
     {"10:6: 'p' is declared twice = in this file it is a description of a part already"}},
    {"APartAndAnInternet",
     net("", "part net() {\n}\n"),
     {"8:6: 'net' is declared twice = in this file it is an internet already"}},
    {"APartAndANode",
     net("host t\npart t = p()", "part p() {\n}\n"),
     {"7:6: 't' is declared twice = in this block it is a host already"}},
    {"AnArrayOfPartsAndANode",
     net("part t[2] = p()\nhost t1", "part p() {\n}\n"),
     {"7:6: two things in 'net' are called 't1' = the elements of an array m are called m0, m1 and "
      "so on"}},
    {"SizeOfAnArray",
     net("part t[0 - 1] = p()", "part p() {\n}\n"),
     {"6:8: the size of an array is not negative = 't' would have -1"}},
    {"APortTakesOneLink",
     net("part t = p()\nhost a, b\na -- t.up\nb -- t.up", kPort),
     {"9:6: port 'up' takes one link, and has it already = `port up[] = …` takes any number"}},
    {"APortInAChain",
     net("part t = p()\nhost a, b\na -- t.up -- b", kPort),
     {"8:6: port 'up' takes one link = `port up[] = …` takes any number"}},
    {"AnInnerPortTakesOneLink",
     net("part o = outer()\nhost a\na -- o.down",
         "part outer() {\npart i = p()\nhost b\nb -- i.up\nport down[] = i.up\n}\n" +
             std::string(kPort)),
     {"8:6: port 'up' takes one link, and has it already = `port up[] = …` takes any number"}},
    {"UnknownPort",
     net("part t = p()\nhost a\na -- t.upp", kPort),
     {"8:8: nothing in part 'p' is called 'upp' = did you mean 'up'?"}},
    {"UnknownPortOfThese",
     net("part t = p()\nhost a\na -- t.zebra", kPort),
     {"8:8: nothing in part 'p' is called 'zebra' = its port is up"}},
    {"APartIsNoNode",
     net("part t = p()\nhost a\na -- t", kPort),
     {"8:6: expected a node, but 't' is a part = name one of its ports: `t.up`"}},
    {"WhichPart",
     net("part t[2] = p()\nhost a\na -- t.up", kPort),
     {"8:6: 't' is an array: which of its parts? = write t[0], or t[*] for all"}},
    {"NoSuchPart",
     net("part t[2] = p()\nhost a\na -- t[2].up", kPort),
     {"8:6: there is no 't[2]' = the last one is t[1]"}},
    {"OnePartIsNoArray",
     net("part t = p()\nhost a\na -- t[0].up", kPort),
     {"8:6: 't' is one part, not an array"}},
    {"NothingInsideANode",
     net("host a, b\na -- b.up", ""),
     {"7:6: 'b' has nothing inside it = it is a host; only parts have"}},
    {"APortIsNoArray",
     net("part t = p()\nhost a\na -- t.up[0]", kPort),
     {"8:6: 'up' is a port, not an array"}},
    {"APortInsideItsPart",
     net("part t = q()", "part q() {\nhost a, b\nport up = a\nb -- up\n}\n"),
     {"11:6: expected a node, but 'up' is a port = a port is for the user of the part; in the part "
      "write the node"}},
    {"APortOfNothing",
     net("part t = q()\nhost a\na -- t.up", "part q() {\nport up = b\n}\n"),
     {"11:11: unknown node 'b' = declare it: `host b` or `router b`"}},
    {"APortOfAnArray",
     net("part t = q()", "part q() {\nhost a[2]\nport up = a\n}\n"),
     {"10:11: 'a' is an array: which of its nodes? = write a[0]"}},
    {"APortAndANode",
     net("part t = q()", "part q() {\nhost up\nport up = up\n}\n"),
     {"10:6: 'up' is declared twice = in this block it is a host already"}},
    {"AQualifiedNodeInAPart",
     net("part t = p()\nhost t.a", kPort),
     {"7:6: 't' is a part = what is in it stands in its description"}},
    {"APartAroundAQualifiedNode",
     net("host t.a\npart t = p()", kPort),
     {"7:6: 't' is a part = what is in it stands in its description"}},
    {"ALoopThroughAPart",
     net("part t = q()\nfor x in t.h { }", "part q() {\nhost h[2]\n}\n"),
     {"7:10: a loop runs over an array of its own part = for parts: `for x in child { … x.up … "
      "}`"}},
    {"AnErrorInsideIsSaidOnce",
     net("part t[5] = q()", "part q() {\nhost a\na -- b\n}\n"),
     {"10:6: unknown node 'b' = declare it: `host b` or `router b`"}},
    {"ALinkToItselfThroughAPort",
     net("part t = p()\nt.up -- t.r", kPort),
     {"7:1: a link from 't.r' to itself"}},
    {"ANameThatIsTooLong",
     net("part " + std::string(60, 'a') + " = q()",
         "part q() {\npart " + std::string(60, 'b') + " = r()\n}\npart r() {\nhost abcde\n}\n"),
     {"12:6: the full name 'net." + std::string(60, 'a') + "." + std::string(60, 'b') +
      ".abcde' is longer than 128 bytes"}},
};

INSTANTIATE_TEST_SUITE_P(Parts, BadInput, testing::ValuesIn(kCases),
                         [](const auto& c) { return c.param.name; });

}  // namespace
}  // namespace vinet::graph
