// Maps as SVG images: the internets one below the other, the base at the foot.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "exchange/map.h"
#include "exchange/map_layers.h"
#include "exchange/map_places.h"
#include "exchange/xml_text.h"
#include "graph/annotations.h"
#include "net/ip.h"
#include "support/utf8.h"

namespace vinet::exchange {
namespace {

constexpr double kMargin = 30;
constexpr double kLeastWidth = 560;
constexpr double kEarthWidth = 1200;
constexpr double kTitleHeight = 46;
constexpr double kBaseHeight = 130;
constexpr double kCharacterWidth = 0.6;  // of the font's size, on average, rather too wide

/// Colours of machines (Okabe and Ito 2008: told apart by the colour blind), then hues a golden
/// angle apart.
std::string colour_of(size_t machine) {
  constexpr std::array kColours = {"#0072b2", "#e69f00", "#009e73", "#cc79a7",
                                   "#d55e00", "#56b4e9", "#b8a800"};
  if (machine < kColours.size()) return kColours[machine];
  return fmt::format("hsl({:.0f},60%,45%)", std::fmod(static_cast<double>(machine) * 137.508, 360));
}

struct Box {
  double left, top, right, bottom;
  bool meets(const Box& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
};

double width_of(std::string_view text, double size) {
  return static_cast<double>(character_count(text)) * size * kCharacterWidth;
}

std::string count_text(size_t n, const std::string& noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

class SvgMap {
 public:
  SvgMap(const plan::Plan& plan, const plan::BasePlan& base)
      : base_(base), is_base_(plan.find_base(base.name) != nullptr) {
    for (const plan::InternetPlan& internet : plan.internets) {
      if (internet.base == base.name) internets_.push_back(&internet);
    }
  }

  /// Draws from `top` down; returns where it ended, and widens `width`.
  double draw(double top, double& width, std::string& out) {
    place_machines(width);
    double y = top;
    std::vector<Places> places;
    std::vector<double> tops;
    for (const plan::InternetPlan* internet : internets_) {
      places.push_back(has_coordinates(*internet)
                           ? places_on_earth(*internet, width)
                           : places_above(*internet, machines_, column_width_));
      tops.push_back(y);
      y += kTitleHeight + places.back().height;
    }
    draw_drops(places, tops, y, out);
    for (size_t i = 0; i < internets_.size(); ++i) {
      draw_internet(*internets_[i], places[i], tops[i], out);
    }
    draw_base(y, out);
    return y + kBaseHeight;
  }

 private:
  size_t visits(size_t machine) const {
    size_t visits = 0;
    for (const plan::InternetPlan* internet : internets_) {
      for (const plan::NodePlan& node : internet->nodes) visits += node.machine.index == machine;
    }
    return visits;
  }

  void place_machines(double& width) {
    bool earth = false;
    double widest = 90;
    size_t most = 0;
    for (const plan::InternetPlan* internet : internets_) {
      if (has_coordinates(*internet)) {
        earth = true;
        continue;
      }
      most = std::max(most, internet->nodes.size());
      for (const plan::NodePlan& node : internet->nodes) {
        if (internet->nodes.size() <= kMostWalked) {
          widest = std::max(widest, width_of(node.name, 13) + 24);
        }
      }
    }
    if (most > kMostWalked) {
      widest = std::max(widest, 26 * std::sqrt(static_cast<double>(most)));
    }
    column_width_ = widest + 70;
    const auto count = static_cast<double>(base_.machines.size());
    width = std::max(
        {width, kLeastWidth, earth ? kEarthWidth : 0.0, column_width_ * count + 2 * kMargin});
    const double step = (width - 2 * kMargin) / std::max(1.0, count);
    for (size_t i = 0; i < base_.machines.size(); ++i) {
      machines_.push_back(kMargin + step * (static_cast<double>(i) + 0.5));
    }
  }

  /// Dashed lines from each machine up to its visits.
  void draw_drops(const std::vector<Places>& places, const std::vector<double>& tops, double foot,
                  std::string& out) const {
    for (size_t machine = 0; machine < machines_.size(); ++machine) {
      double highest = foot;
      for (size_t i = 0; i < internets_.size(); ++i) {
        if (places[i].by_coordinates || internets_[i]->nodes.size() > kMostWalked) continue;
        for (size_t n = 0; n < places[i].nodes.size(); ++n) {
          if (internets_[i]->nodes[n].machine.index != machine) continue;
          highest = std::min(highest, tops[i] + kTitleHeight + places[i].nodes[n].y);
        }
      }
      if (highest == foot) continue;
      out += fmt::format(
          "<line x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{0:.1f}\" y2=\"{2:.1f}\" stroke=\"{3}\" "
          "stroke-opacity=\".45\" stroke-width=\"1.5\" stroke-dasharray=\"3 5\"/>\n",
          machines_[machine], highest, foot + 30, colour_of(machine));
    }
  }

  void draw_internet(const plan::InternetPlan& internet, const Places& places, double top,
                     std::string& out) const {
    const std::string_view label = graph::annotation(internet.annotations, "label");
    out += fmt::format(
        "<text x=\"{}\" y=\"{:.1f}\" font-size=\"19\" font-weight=\"600\">{}<tspan dx=\"12\" "
        "font-size=\"13\" font-weight=\"400\" fill=\"#666\">{}{}, {}</tspan></text>\n",
        kMargin, top + 28, xml_text(internet.name),
        label.empty() || label == internet.name ? "" : xml_text(label) + ": ",
        count_text(internet.nodes.size(), "node"), count_text(internet.links.size(), "link"));
    out += fmt::format("<g transform=\"translate(0 {:.1f})\">\n", top + kTitleHeight);
    draw_links(internet, places, out);
    if (places.by_coordinates || internet.nodes.size() > kMostWalked) {
      draw_dots(internet, places, out);
    } else {
      draw_boxes(internet, places, out);
    }
    out += "</g>\n";
  }

  /// Straight; parallel links, and in columns those that pass by other nodes, are bent.
  void draw_links(const plan::InternetPlan& internet, const Places& places,
                  std::string& out) const {
    std::map<std::pair<uint32_t, uint32_t>, int> before;
    const bool rows = !places.by_coordinates && internet.nodes.size() <= kMostWalked;
    const bool many = internet.nodes.size() > kMostWalked;
    out +=
        fmt::format("<g fill=\"none\" stroke=\"#8a94a0\" stroke-width=\"{}\">\n", many ? "1" : "2");
    for (const plan::LinkPlan& link : internet.links) {
      const auto [low, high] = std::minmax(link.a.node.index, link.b.node.index);
      const int number = before[{low, high}]++;
      const Point& a = places.nodes[low];
      const Point& b = places.nodes[high];
      const double length = std::max(1.0, std::hypot(b.x - a.x, b.y - a.y));
      double bend = number * (number % 2 == 0 ? -14.0 : 14.0) / (number > 1 ? 1.5 : 1);
      if (number == 1) bend = 18;
      const bool passes = rows && std::abs(a.x - b.x) < 1 && std::abs(a.y - b.y) > 45;
      if (passes) bend += std::copysign(std::min(90.0, 40 + length / 8), b.y - a.y);
      const std::string title =
          fmt::format("<title>{}: {} -- {}{}</title>", xml_text(link.name),
                      xml_text(internet.nodes[link.a.node.index].name),
                      xml_text(internet.nodes[link.b.node.index].name), about(link));
      if (bend == 0) {
        out += fmt::format("<path d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\">{}</path>\n", a.x, a.y, b.x,
                           b.y, title);
        continue;
      }
      const double x = (a.x + b.x) / 2 + (b.y - a.y) / length * bend;
      const double y = (a.y + b.y) / 2 - (b.x - a.x) / length * bend;
      out += fmt::format("<path d=\"M{:.1f} {:.1f}Q{:.1f} {:.1f} {:.1f} {:.1f}\">{}</path>\n", a.x,
                         a.y, x, y, b.x, b.y, title);
    }
    out += "</g>\n";
  }

  static std::string about(const plan::LinkPlan& link) {
    std::string text;
    for (const char* key : {"label", "bandwidth"}) {
      const std::string_view value = graph::annotation(link.annotations, key);
      if (!value.empty()) text += ", " + xml_text(value);
    }
    return text;
  }

  std::string about(const plan::NodePlan& node) const {
    const std::string_view label = graph::annotation(node.annotations, "label");
    return fmt::format("<title>{}{}, {} at {}.{}</title>", xml_text(node.name),
                       label.empty() ? "" : " (" + xml_text(label) + ")",
                       net::to_string(node.identity), base_.name,
                       base_.machines[node.machine.index].name);
  }

  void draw_boxes(const plan::InternetPlan& internet, const Places& places,
                  std::string& out) const {
    for (size_t i = 0; i < internet.nodes.size(); ++i) {
      const plan::NodePlan& node = internet.nodes[i];
      const Point& at = places.nodes[i];
      const double wide = std::max(34.0, width_of(node.name, 13) + 18);
      const bool is_router = node.kind == plan::NodeKind::kRouter;
      out += fmt::format(
          "<g>{}<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"26\" rx=\"{}\" "
          "fill=\"#fff\" stroke=\"{}\" stroke-width=\"2\"/><text x=\"{:.1f}\" y=\"{:.1f}\" "
          "font-size=\"13\" text-anchor=\"middle\">{}</text></g>\n",
          about(node), at.x - wide / 2, at.y - 13, wide, is_router ? 13 : 3,
          colour_of(node.machine.index), at.x, at.y + 4.5, xml_text(node.name));
    }
  }

  /// Dots, with as many labels as there is room for; nodes with most links first.
  void draw_dots(const plan::InternetPlan& internet, const Places& places, std::string& out) const {
    const size_t count = internet.nodes.size();
    const double radius = count < 80 ? 6 : count < 300 ? 4.5 : 3.5;
    const double size = count < 80 ? 11 : 9;
    std::vector<Box> taken;
    for (const Point& at : places.nodes) {
      taken.push_back({at.x - radius, at.y - radius, at.x + radius, at.y + radius});
    }
    std::vector<size_t> order;
    for (size_t i = 0; i < count; ++i) {
      order.push_back(i);
      const plan::NodePlan& node = internet.nodes[i];
      const Point& at = places.nodes[i];
      const std::string look = fmt::format("fill=\"{}\" stroke=\"#fff\" stroke-width=\"1\">{}",
                                           colour_of(node.machine.index), about(node));
      out += node.kind == plan::NodeKind::kRouter
                 ? fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" {}</circle>\n", at.x,
                               at.y, radius, look)
                 : fmt::format(
                       "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\" {}</rect>\n",
                       at.x - radius, at.y - radius, 2 * radius, 2 * radius, look);
    }
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return internet.nodes[a].interfaces.size() > internet.nodes[b].interfaces.size();
    });
    out += fmt::format(
        "<g font-size=\"{}\" fill=\"#333\" paint-order=\"stroke\" stroke=\"#fff\" "
        "stroke-width=\"3\" stroke-linejoin=\"round\">\n",
        size);
    for (const size_t i : order)
      put_label(internet.nodes[i], places.nodes[i], radius, size, taken, out);
    out += "</g>\n";
  }

  static void put_label(const plan::NodePlan& node, const Point& at, double radius, double size,
                        std::vector<Box>& taken, std::string& out) {
    std::string text(graph::annotation(node.annotations, "label"));
    if (text.empty()) text = node.name;
    const double wide = width_of(text, size);
    const double gap = radius + 3;
    const std::array<Point, 4> corners = {
        Point{at.x + gap, at.y + size / 3}, Point{at.x - gap - wide, at.y + size / 3},
        Point{at.x - wide / 2, at.y - gap}, Point{at.x - wide / 2, at.y + gap + size * 0.8}};
    for (const Point& corner : corners) {
      const Box box{corner.x, corner.y - size * 0.8, corner.x + wide, corner.y + size * 0.25};
      if (box.left < 4) continue;
      if (std::any_of(taken.begin(), taken.end(), [&](const Box& one) { return one.meets(box); })) {
        continue;
      }
      taken.push_back(box);
      out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", corner.x, corner.y,
                         xml_text(text));
      return;
    }
  }

  void draw_base(double top, std::string& out) const {
    const double middle = top + 44;
    out += "<g fill=\"none\" stroke=\"#444\" stroke-width=\"3\">\n";
    for (const plan::BaseLinkPlan& link : base_.links) {
      const auto [a, b] = std::minmax(link.a.machine.index, link.b.machine.index);
      const double x1 = machines_[a];
      const double x2 = machines_[b];
      const double dip = b == a + 1 ? 0 : std::min(60.0, 34 + 6 * static_cast<double>(b - a));
      out += fmt::format(
          "<path d=\"M{:.1f} {:.1f}C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}\"><title>{}</title>"
          "</path>\n",
          x1, middle, x1 + (x2 - x1) / 4, middle + dip * 1.3, x2 - (x2 - x1) / 4,
          middle + dip * 1.3, x2, middle, xml_text(link.name));
    }
    out += "</g>\n";
    for (size_t i = 0; i < base_.machines.size(); ++i) {
      const plan::MachinePlan& machine = base_.machines[i];
      const double wide = std::max(64.0, width_of(machine.name, 15) + 26);
      out += fmt::format(
          "<g><title>{}.{}, {}</title><rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
          "height=\"36\" rx=\"5\" fill=\"{}\"/><text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"15\" "
          "font-weight=\"600\" fill=\"#fff\" text-anchor=\"middle\">{}</text></g>\n",
          base_.name, machine.name, net::to_string(machine.base_address), machines_[i] - wide / 2,
          middle - 18, wide, colour_of(i), machines_[i], middle + 5, xml_text(machine.name));
      if (internets_.empty()) continue;
      out += fmt::format(
          "<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"12\" fill=\"#666\" text-anchor=\"middle\" "
          "paint-order=\"stroke\" stroke=\"#fff\" stroke-width=\"4\">{}</text>\n",
          machines_[i], middle + 35, count_text(visits(i), "visit"));
    }
    out += fmt::format("<text x=\"{}\" y=\"{:.1f}\" font-size=\"13\" fill=\"#666\">{} {}</text>\n",
                       kMargin, top + kBaseHeight - 14, is_base_ ? "base" : "internet",
                       xml_text(base_.name));
  }

  const plan::BasePlan& base_;
  const bool is_base_;  // or an internet
  std::vector<const plan::InternetPlan*> internets_;
  std::vector<double> machines_;  // x of each
  double column_width_ = 0;
};

}  // namespace

std::string map_svg(const plan::Plan& plan) {
  double width = kLeastWidth;
  double height = kMargin / 2;
  std::string body;
  const MapLayers layers(plan);
  for (const plan::BasePlan* base : layers.from_the_top()) {
    height = SvgMap(plan, *base).draw(height, width, body);
  }
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
             "viewBox=\"0 0 {0:.0f} {1:.0f}\" font-family=\"DejaVu Sans, Helvetica, Arial, "
             "sans-serif\" fill=\"#111\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
             width, height) +
         body + "</svg>\n";
}

}  // namespace vinet::exchange
