// The fixture of the tests about internets on internets: layers of links above that of fixture.h,
// each on the node that the one below leads to, in the maps and in the model.
//
//     backside1 leads to node_at(0); the link of layer i stands on node_at(i - 1), leads from
//     there(i) to here(i), to end_of_layer(i) and so to node_at(i).
#pragma once

#include <map>

#include "fixture.h"

namespace vinet::progrun {

class Stacks : public Programs {
 protected:
  void SetUp() override {
    Programs::SetUp();
    ends_[m.backside(1)] = end_at(1);
  }

  static uint64_t node_at(int layer) {
    return layer == 0 ? node_of(1) : 0xa000'0000'0000'0000 + static_cast<uint64_t>(layer);
  }
  static uint32_t end_of_layer(int layer) { return 0x10000 + static_cast<uint32_t>(layer); }
  static uint32_t here(int layer) { return address(10, static_cast<uint8_t>(layer), 0, 1); }
  static uint32_t there(int layer) { return address(10, static_cast<uint8_t>(layer), 0, 2); }

  /// A link end that stands on `node`: `backside`, which leads to `to`.
  void add_upper(const model::Upper& key, uint32_t backside, uint64_t to) {
    add_key(key, backside, to);
    add_own(key.node, key.dst, backside);
  }
  void add_key(const model::Upper& key, uint32_t backside, uint64_t to) {
    vi_end end{};
    end.node = to;
    end.backside = backside;
    for (int i = 0; i < 4; ++i)
      end.vl_mac[2 + i] = end.neighbour_mac[2 + i] = static_cast<uint8_t>(backside >> (8 * i));
    end.vl_mac[0] = 0x02;
    end.neighbour_mac[0] = 0x06;
    m.add_end(key, end);
    m.add_counters(backside);
    ends_[backside] = end;
    model.uppers[key] = backside;
    model.nodes[backside] = to;
  }
  void add_own(uint64_t node, uint32_t link_address, uint32_t backside) {
    m.add_own(node, link_address, backside);
    model.upper_own[{node, link_address}] = backside;
  }
  void add_layers(int layers) {
    for (int i = 1; i <= layers; ++i)
      add_upper({node_at(i - 1), there(i), here(i)}, end_of_layer(i), node_at(i));
  }
  /// The headers of the layers, as they come from there.
  static std::vector<model::Header> headers_from_there(int layers) {
    std::vector<model::Header> headers;
    for (int i = 1; i <= layers; ++i) headers.push_back({there(i), here(i)});
    return headers;
  }
  static Bytes wrapped(const std::vector<model::Header>& stack, const Bytes& inner) {
    const auto sent = model::encapsulate({stack, 65'000, true}, ethertype_of_packet(inner), inner);
    return std::get<model::Sent>(sent).packet;
  }
  /// `inner` as it comes to this machine with all headers.
  static Bytes stacked(int layers, const Bytes& inner) {
    std::vector<model::Header> stack = {{kNear, kBaseAddress}, {kLinkThere, kLinkHere}};
    const auto above = headers_from_there(layers);
    stack.insert(stack.end(), above.begin(), above.end());
    return wrapped(stack, inner);
  }

  static Mac mac(const uint8_t (&bytes)[6]) {
    Mac out;
    std::copy(std::begin(bytes), std::end(bytes), out.begin());
    return out;
  }
  /// The frame that the node behind the right end gets.
  void expect_delivered(const model::Delivered& delivered, const Outcome& got) {
    ASSERT_EQ(got.error, 0) << std::strerror(got.error);
    ASSERT_EQ(got.verdict, kRedirect);
    ASSERT_TRUE(ends_.contains(delivered.backside));
    const vi_end& end = ends_[delivered.backside];
    EXPECT_EQ(got.frame, ethernet(mac(end.vl_mac), mac(end.neighbour_mac), delivered.ethertype,
                                  delivered.packet));
  }
  void expect_fate(const model::Fate& fate, const Outcome& got, const Bytes& sent) {
    if (const auto* delivered = std::get_if<model::Delivered>(&fate))
      expect_delivered(*delivered, got);
    else
      expect_same(fate, got, sent);
  }
  /// Runs a packet from the base through program and model; what the model said.
  model::Fate check_in(const Bytes& packet) {
    const model::Fate fate = model::decapsulate(model, packet);
    expect_fate(fate, receive(packet), packet);
    return fate;
  }
  /// The same for a packet that a node sends through backside `n`.
  std::variant<model::Sent, model::Dropped, model::Delivered> check_out(const model::Link& link,
                                                                        const Bytes& packet,
                                                                        int n = 5) {
    m.add_link(m.backside(n), link);
    const auto fate = model::carry(model, link, ethertype_of_packet(packet), packet);
    const Outcome got = send(packet, ethertype_of_packet(packet), n);
    if (const auto* delivered = std::get_if<model::Delivered>(&fate))
      expect_delivered(*delivered, got);
    else if (const auto* sent = std::get_if<model::Sent>(&fate))
      expect_same(*sent, got);
    else
      expect_same(std::get<model::Dropped>(fate), got);
    return fate;
  }
  static vi_reason reason_of(const auto& fate) {
    const auto* dropped = std::get_if<model::Dropped>(&fate);
    return dropped != nullptr ? dropped->reason : VI_DROP_NONE;
  }

  std::map<uint32_t, vi_end> ends_;
};

}  // namespace vinet::progrun
