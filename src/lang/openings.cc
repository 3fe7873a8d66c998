#include "lang/openings.h"

#include <algorithm>
#include <array>
#include <vector>

#include "support/diagnostics.h"

namespace vinet::lang {
namespace {

constexpr std::array<Opening, 12> kOpenings = {{
    {"base", Opens::kBase, kInFile, "a base stands at the top of a file"},
    {"internet", Opens::kInternet, kInFile, "an internet stands at the top of a file"},
    {"include", Opens::kInclude, kInFile, "'include' stands at the top of a file"},
    {"part", Opens::kPart, kInFile | kInside,
     "parts are described at the top of a file and used in an internet or a part"},
    {"let", Opens::kLet, kInFile | kInBase | kInside,
     "'let' names a value in a file, a base, an internet or a part"},
    {"for", Opens::kFor, kInBase | kInside, "'for' stands in a base, an internet or a part"},
    {"if", Opens::kIf, kInBase | kInside, "'if' stands in a base, an internet or a part"},
    {"machine", Opens::kNodes, kInBase, "machines stand in a base"},
    {"host", Opens::kNodes, kInside, "hosts stand in an internet or a part"},
    {"router", Opens::kNodes, kInside, "routers stand in an internet or a part"},
    {"port", Opens::kPort, bit(Room::kPart) | bit(Room::kPorts),
     "ports stand in a part, or behind router R = core"},
    {"route", Opens::kRoute, kInside, "routes stand in an internet or a part"},
}};

}  // namespace

const Opening* find_opening(std::string_view word) {
  const auto* found = std::find_if(kOpenings.begin(), kOpenings.end(),
                                   [&](const Opening& each) { return each.word == word; });
  return found == kOpenings.end() ? nullptr : found;
}

std::string near_opening(std::string_view word, Room room) {
  std::vector<std::string> here;
  std::vector<std::string> elsewhere;
  for (const Opening& each : kOpenings) {
    ((each.rooms & bit(room)) != 0 ? here : elsewhere).emplace_back(each.word);
  }
  std::string near = nearest(word, here);
  if (near.empty()) near = nearest(word, elsewhere);
  return near.empty() ? "" : "did you mean '" + near + "'?";
}

}  // namespace vinet::lang
