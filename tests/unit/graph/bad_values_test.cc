// Values that are wrong, several mistakes at once, and what is not built yet: what is said, and
// where.
#include "unit/graph/bad_case.h"

namespace vinet::graph {
namespace {

const BadCase kCases[] = {
    // values
    {"DivisionByZero", in_internet("let n = 4 / 0"), {"6:9: division by zero"}},
    {"RemainderByZero", in_internet("let n = 4 % (2 - 2)"), {"6:9: division by zero"}},
    {"Overflow",
     in_internet("let n = 9223372036854775807 + 1"),
     {"6:9: the result does not fit into 64 bits = 9223372036854775807 + 1"}},
    {"OverflowOfAProduct",
     in_internet("let n = 4000000000 * 4000000000"),
     {"6:9: the result does not fit into 64 bits = 4000000000 * 4000000000"}},
    {"OverflowOfAQuotient",
     in_internet("let n = (0 - 9223372036854775807 - 1) / (0 - 1)"),
     {"6:9: the result does not fit into 64 bits = -9223372036854775808 / -1"}},
    {"OverflowOfASign",
     in_internet("let n = -(0 - 9223372036854775807 - 1)"),
     {"6:9: the result does not fit into 64 bits = 0 - -9223372036854775808"}},
    {"LetByItself", in_internet("let n = n + 1"), {"6:9: 'n' is defined by itself"}},
    {"LetsByEachOther", in_internet("let a = b\nlet b = a"), {"7:9: 'a' is defined by itself"}},
    {"LetOfANode", in_internet("host a\nlet n = a"), {"7:9: `let` names a value, not a host"}},
    {"LetOfAList", in_internet("let n = [1, 2]"), {"6:9: expected a single value, not a list"}},
    {"ArithmeticOnARate",
     in_internet("let n = 1 + 2mbit"),
     {"6:13: each side of `+` is an integer, not a rate"}},
    {"ConditionIsANumber",
     in_internet("let n = 1\nif n { host a }"),
     {"7:4: expected a condition, not an integer = compare it with something: `n > 0`"}},
    {"ConditionSideIsANumber",
     in_internet("if 1 == 1 and 2 { host a }"),
     {"6:15: expected a condition, not an integer = compare it with something: `n > 0`"}},
    {"NotOfANumber",
     in_internet("if not 3 { host a }"),
     {"6:8: expected a condition, not an integer = compare it with something: `n > 0`"}},
    {"LoopOverANumber",
     in_internet("for i in 3 { }"),
     {"6:10: a loop runs over a range, an array or a list, not an integer = for example `for i in "
      "0..3 { … }`"}},
    {"LoopOverASingle",
     in_internet("host a\nfor i in a { }"),
     {"7:10: 'a' is one node, not an array"}},
    {"LoopOverALet",
     in_internet("let n = 3\nfor i in n { }"),
     {"7:10: expected an array, but 'n' is the name of a value"}},
    {"RangeEndIsARate",
     in_internet("for i in 0..1mbit { }"),
     {"6:13: the end of a range is an integer, not a rate"}},
    // together
    {"NoMachines",
     "base lab {\n}\ninternet net on lab {\n  host a\n}\n",
     {"3:17: base 'lab' has no machines"}},
    {"SeveralAtOnce",
     in_internet("host a at Q\na -- b\na -- a\nhost c [rate = 1mbit]"),
     {"6:11: unknown machine 'Q' in base 'lab' = its machines are X, Y, m0, m1, m2",
      "7:6: unknown node 'b' = declare it: `host b` or `router b`",
      "8:1: a link from 'a' to itself",
      "9:9: `rate` is no attribute of a host or router = it belongs to machines, links of a base "
      "and links of an internet"}},
    // not built yet
    {"LaterInclude",
     "include \"other.vinet\"\ninternet net on lab {\n  host a\n}\n",
     {"1:1: this file has not been read = lang::load puts statements in the place of an `include`",
      "2:17: unknown base 'lab' = declare it: `base lab { machine X }`"}},
    {"LaterRoute",
     in_internet("router a, b\na -- b\nroute 10.0.0.0/8 via b in a"),
     {"8:1: `route` is not supported yet"}},
    {"StackOnItself",
     "internet a on a {\n}\ninternet b on c {\n}\ninternet c on d {\n  host x at y\n}\n"
     "internet d on c {\n}\n",
     {"1:15: internet 'a' stands on itself = 'a' on 'a'",
      "5:15: internet 'c' stands on itself = 'c' on 'd' on 'c'"}},
    {"StackOnNothing",
     "base lab {\n  machine X\n}\ninternet low on lab {\n  host a at X\n}\n"
     "internet high on lwo {\n}\n",
     {"7:18: unknown base 'lwo' = did you mean 'low'?"}},
    {"StackOnWhatHasNoNodes",
     "base lab {\n  machine X\n}\ninternet high on low {\n  host p\n}\ninternet low on lab {\n}\n",
     {"4:18: internet 'low' has no nodes"}},
    {"StackPlaces",
     "base lab {\n  machine X\n}\npart t() {\n  router r[2]\n  r[0] -- r[1]\n}\n"
     "internet low on lab {\n  host a, b[2] at X\n  part u = t()\n  part v[2] = t()\n}\n"
     "internet high on low {\n  host p at aa\n  host q at b\n  host r at b[2]\n  host s at u.r\n"
     "  host w at v.r[0]\n  host x at v[0].q\n  host y at a.r\n  host z at a[0]\n"
     "  host l at X\n}\n",
     {"14:13: unknown node 'aa' in internet 'low' = did you mean 'a'?",
      "15:13: 'b' is an array: which of its nodes? = write b[0], or a list of places",
      "16:13: there is no 'b[2]' = the last one is b[1]",
      "17:13: 'u.r' is an array: which of its nodes? = write u.r[0], or a list of places",
      "18:13: 'v' is an array: which of its parts? = write v[0], or a list of places",
      "19:18: unknown node 'v0.q' in internet 'low'", "20:13: unknown part 'a' in internet 'low'",
      "21:13: 'a' is one node, not an array", "22:13: unknown node 'X' in internet 'low'"}},
    {"LaterAttributesOfANode",
     in_internet("host a [run = \"true\", private = [\"/var\"], where = X]"),
     {"6:23: `private` is not supported yet",
      "6:43: `where` is not supported yet = not of a host or router; internets can have it"}},
    {"RunIsNotText",
     in_internet("host a [run = sleep]\nhost b [run = 7]\nhost c [run]"),
     {"6:15: `run` takes a string, not the name 'sleep' = for example `run = \"sleep inf\"`",
      "7:15: `run` takes a string, not an integer = for example `run = \"sleep inf\"`",
      "8:9: `run` takes a string, not nothing = for example `run = \"sleep inf\"`"}},
    {"RunIsBlank",
     in_internet("host a [run = \" \\n\"]"),
     {"6:15: `run` says nothing to run = for example `run = \"sleep inf\"`"}},
    {"RunIsLong",
     in_internet("host a [run = \"" + std::string(70'000, 'x') + "\"]"),
     {"6:15: `run` is longer than 65536 bytes = put it into a script"}},
    {"LeaseAndShareOfNothing",
     "base lab {\n  machine X\n}\ninternet net on lab [lease = 0s, share = 0bit] {\n}\n"
     "internet net2 on lab [lease = 1500ms, share = 8h] {\n}\n",
     {"4:30: `lease` is counted in whole seconds, from `1s`, not 0us",
      "4:42: `share` must be more than 0 = an internet without `share` takes what the others leave",
      "6:31: `lease` is counted in whole seconds, from `1s`, not 1500ms",
      "6:47: `share` takes a rate, not a duration = for example `share = 500mbit`"}},
    {"LaterAttributesOfAnInternet",
     "base lab {\n  machine X\n}\ninternet net on lab [lease = 8h, share = 1mbit, flatten = no, "
     "secure = wireguard, routing = bgp] {\n}\n",
     {"4:63: `secure` is not supported yet",
      "4:93: `routing = bgp` is not supported yet = `routing = static` is"}},
    {"LaterAttributesOfALink",
     in_internet("host a, b\na -- b [secure = ipsec]"),
     {"7:9: `secure` is not supported yet"}},
    {"LaterAttributesOfAMachine",
     "base lab {\n  machine X [daemon = \"h:1\", rate = 1gbit]\n}\n",
     {"2:30: `rate` is not supported yet = not of a machine; links of a base and links of an "
      "internet can have it"}},
    {"LaterAsRouter",
     in_internet("router R at X = core {\n  port west = p\n}\nhost a\na -- R.west"),
     {"6:17: an internet as a router (`= core`) is not supported yet"}},
};

INSTANTIATE_TEST_SUITE_P(BadValues, BadInput, testing::ValuesIn(kCases),
                         [](const auto& c) { return c.param.name; });

}  // namespace
}  // namespace vinet::graph
