// What link ends carry for the internets above, from the headers that these push now.
//
//   upper   p at a ------------- s at c
//   lower   a at X ---- b at Y ---- c at Z
#include "cli/carried.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/names.h"
#include "cli/ways_now.h"
#include "slice/marks.h"
#include "unit/plan/builder.h"

namespace vinet::cli {
namespace {

using plan::testing::Net;
using ::testing::ElementsAre;

control::State planned() {
  const plan::Plan plan = plan::testing::planned(plan::testing::graph_of(
      {plan::testing::row()},
      {Net("lower").host("a", "X").router("b", "Y").host("c", "Z").chain({"a", "b", "c"}),
       Net("upper", "lower").host("p", "a").host("s", "c").link("p", "s"),
       Net("beside").host("n", "X")}));
  control::State state;
  for (const plan::BasePlan& base : plan.bases) state.bases[base.name].plan = base;
  for (const plan::InternetPlan& internet : plan.internets) {
    state.internets[internet.name].plan = internet;
  }
  return state;
}

/// An end of p-s as the kernel holds it.
slice::Slice seen(const plan::InternetPlan& upper, const std::string& node, slice::Way way) {
  slice::Slice slice;
  slice.owner = upper.name;
  slice.machine = "lab.X";
  slice::Veth veth;
  veth.b.name = "v1";
  veth.b.alias = to_string(slice::DeviceMark{"upper", "p-s", node});
  slice.veths = {veth};
  slice::LinkEnd end;
  end.backside = "v1";
  end.way = std::move(way);
  slice.link_ends = {end};
  return slice;
}

slice::Header header(const plan::LinkPlan& link, bool from_a) {
  const plan::LinkEndPlan &a = from_a ? link.a : link.b, &b = from_a ? link.b : link.a;
  return {a.link_address, b.link_address};
}
slice::Header base_header(const plan::LinkPlan& link) {
  return {link.a.base_address, link.b.base_address};
}

TEST(Carried, IsAddedToTheLowerEndWhoseHeaderIsPushed) {
  const control::State state = planned();
  const plan::InternetPlan& lower = state.internets.at("lower").plan;
  const plan::InternetPlan& upper = state.internets.at("upper").plan;
  slice::Way way;
  way.headers = {base_header(lower.links[0]), header(lower.links[0], true),
                 header(upper.links[0], true)};
  machine::LinkCounters counters{"upper", "p-s", "p", "lab.X", 10, 840, 4, 400, {}};
  const CarriedAt carried =
      carried_by(state, {"upper"}, {counters}, {seen(upper, "p", std::move(way))});
  ASSERT_EQ(carried.size(), 1U);
  // Each of its packets is 20 bytes longer there.
  EXPECT_EQ(carried.at({"lower", "a-b", "a"}), (Carried{10, 1040, 4, 480}));
}

TEST(Carried, IsNothingWhereTheLayersCountForThemselves) {
  const control::State state = planned();
  const plan::InternetPlan& upper = state.internets.at("upper").plan;
  slice::Way apart, closed;
  apart.headers = {header(upper.links[0], true)};
  closed.open = false;
  machine::LinkCounters counters{"upper", "p-s", "p", "lower.a", 10, 840, 4, 400, {}};
  for (const slice::Way& way : {apart, closed}) {
    EXPECT_TRUE(carried_by(state, {"upper"}, {counters}, {seen(upper, "p", way)}).empty());
  }
}

TEST(EndsNow, NameEachHeaderByItsLayer) {
  const control::State state = planned();
  const plan::InternetPlan& lower = state.internets.at("lower").plan;
  const plan::InternetPlan& upper = state.internets.at("upper").plan;
  const Layers layers = *layers_of(state, upper);
  slice::Way way;
  way.headers = {base_header(lower.links[0]), header(lower.links[0], true),
                 header(upper.links[0], true)};
  const auto ends = ends_now({seen(upper, "p", way)}, layers);
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0].link, "p-s");
  EXPECT_FALSE(ends[0].below);
  std::vector<std::string> names;
  for (const HeaderNow& one : ends[0].headers) {
    names.push_back(layers.name_of(one.layer) + " " + one.ends.from + ">" + one.ends.to);
  }
  EXPECT_THAT(names, ElementsAre("lab X>Y", "lower a>b", "upper p>s"));
  // The first hop inside a machine: its header is not there, the rest is.
  slice::Way inside;
  inside.inside = true;
  inside.inside_base = lower.links[0].a.base_address;
  inside.inside_link = header(lower.links[0], true);
  inside.headers = {header(upper.links[0], true)};
  const auto local = ends_now({seen(upper, "p", inside)}, layers);
  ASSERT_EQ(local[0].headers.size(), 2U);
  EXPECT_TRUE(local[0].headers[0].inside);
  EXPECT_EQ(local[0].headers[0].layer, 1U);
  // Not flattened.
  slice::Way own;
  own.headers = {header(upper.links[0], true)};
  EXPECT_EQ(ends_now({seen(upper, "p", own)}, layers)[0].below, "lab.X");
}

TEST(Layers, AreFoundByNameDownToTheBase) {
  const control::State state = planned();
  const Layers layers = *layers_of(state, state.internets.at("upper").plan);
  EXPECT_EQ(layers.top(), 2U);
  EXPECT_EQ(layers.name_of(0), "lab");
  EXPECT_EQ(layers.layer_of("lower"), 1U);
  EXPECT_EQ(layers.layer_of("beside"), std::nullopt);
  EXPECT_THAT(layers.places_of(2, "s"), ElementsAre("lower.c", "lab.Z"));
  EXPECT_EQ(layers.place_of(1, "b"), "lab.Y");
  EXPECT_EQ(layers.far_end(2, "p-s", "p"), "s");
  EXPECT_EQ(layers.far_end(2, "p-s", "x"), "");
}

TEST(Layers, OfWhatLacksALayerThereAreNone) {
  control::State state = planned();
  const plan::InternetPlan upper = state.internets.at("upper").plan;
  state.internets.at("lower").plan.base = "upper";  // a damaged state: in a ring
  EXPECT_FALSE(layers_of(state, upper));
  state.internets.erase("lower");
  EXPECT_FALSE(layers_of(state, upper));
  for (const Object& object : objects_in(state)) EXPECT_NE(name_of(object), "upper");
}

TEST(Names, StandOnWhatIsBelowThem) {
  const control::State state = planned();
  const Object node = *find_node(state, "upper.s");
  EXPECT_EQ(place_of(node, node.internet->nodes[node.index]), "lower.c");
  EXPECT_EQ(node.base->name, "lab");
  ASSERT_NE(node.lower, nullptr);
  EXPECT_EQ(node.lower->name, "lower");
  std::vector<std::string> internets;
  for (const Object& object : objects_in(state)) {
    if (object.kind == Object::Kind::kInternet) internets.push_back(name_of(object));
  }
  EXPECT_THAT(internets, ElementsAre("beside", "lower", "upper"));
}

}  // namespace
}  // namespace vinet::cli
