// The records of a probe: what the programs did to it, in order.
#include <arpa/inet.h>

#include <cstring>

#include "fixture.h"

namespace vinet::progrun {
namespace {

constexpr uint64_t kNonce = 0x1122334455667788;

class Trace : public Programs {
 protected:
  void SetUp() override {
    Programs::SetUp();
    m.set_probe(kNonce);
  }
};

Bytes headers_of(const vi_record& record) {
  Bytes bytes;
  for (int i = 0; i < record.header_count; ++i)
    bytes.insert(bytes.end(), record.headers[i], record.headers[i] + VI_HEADER_BYTES);
  return bytes;
}

TEST_F(Trace, PushOfARequest) {
  const Bytes sent = packet_of(send(echo4(kNonce, 8)).frame);
  const auto records = m.take_records();
  ASSERT_EQ(records.size(), 1U);
  const vi_record& r = records[0];
  EXPECT_EQ(r.event, VI_EVENT_PUSH);
  EXPECT_EQ(r.reason, VI_DROP_NONE);
  EXPECT_EQ(r.probe_nonce, kNonce);
  EXPECT_EQ(r.backside, m.backside(1));
  EXPECT_EQ(r.base_ifindex, m.base());
  EXPECT_EQ(r.inner_bytes, 44U);
  EXPECT_EQ(r.inner_family, 4);
  EXPECT_EQ(r.inner_ttl, 61);
  EXPECT_EQ(r.inner_icmp_type, 8);
  EXPECT_GT(r.time_ns, 0U);
  ASSERT_EQ(r.header_count, 2);
  EXPECT_EQ(headers_of(r), Bytes(sent.begin(), sent.begin() + 40)) << "as on the wire";
  EXPECT_EQ(Bytes(r.inner_src, r.inner_src + 4), Bytes({10, 0, 0, 1}));
  EXPECT_EQ(Bytes(r.inner_dst, r.inner_dst + 4), Bytes({10, 0, 0, 17}));
}

TEST_F(Trace, WayOutIsTheFibs) {
  m.add_link(m.backside(1), link_of(link_to(kBehindNarrow)));
  send(echo4(kNonce, 8));
  const auto records = m.take_records();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].base_ifindex, m.narrow());
}

TEST_F(Trace, PopAndDeliver) {
  const Bytes packet = from_there(echo6(kNonce, 129));
  Bytes padding = packet;
  padding.resize(packet.size() + 9);
  receive(padding);
  const auto records = m.take_records();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].event, VI_EVENT_POP);
  EXPECT_EQ(headers_of(records[0]), Bytes(packet.begin(), packet.begin() + 40));
  EXPECT_EQ(records[1].event, VI_EVENT_DELIVER);
  EXPECT_EQ(records[1].header_count, 0);
  for (const vi_record& r : records) {
    EXPECT_EQ(r.backside, m.backside(1));
    EXPECT_EQ(r.base_ifindex, m.base());
    EXPECT_EQ(r.inner_family, 6);
    EXPECT_EQ(r.inner_ttl, 61);
    EXPECT_EQ(r.inner_icmp_type, 129);
    EXPECT_EQ(r.inner_bytes, 64U);
    EXPECT_EQ(r.inner_src[0], 0xfd);
    EXPECT_EQ(r.inner_dst[15], 2);
  }
  EXPECT_LE(records[0].time_ns, records[1].time_ns);
}

TEST_F(Trace, DropOnTheWayIn) {
  m.reset();
  m.set_probe(kNonce);
  m.add_own(kLinkHere, m.backside(2));  // its link address, but no key
  receive(from_there(echo4(kNonce, 0)));
  const auto records = m.take_records();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].event, VI_EVENT_DROP);
  EXPECT_EQ(records[0].reason, VI_DROP_UNKNOWN_KEY);
  EXPECT_EQ(records[0].backside, m.backside(2));
  EXPECT_EQ(records[0].header_count, 2);
}

TEST_F(Trace, DropOnTheWayOut) {
  struct Case {
    uint32_t base_dst;
    uint32_t mtu_bytes;
    vi_reason reason;
    int headers;
  };
  for (const Case& c :
       {Case{kNoRoute, 1460, VI_DROP_NO_ROUTE, 2}, Case{kNear, 40, VI_DROP_TOO_BIG, 0}}) {
    m.add_link(m.backside(1), link_of(link_to(c.base_dst, c.mtu_bytes)));
    send(echo4(kNonce, 8));
    const auto records = m.take_records();
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].event, VI_EVENT_DROP);
    EXPECT_EQ(records[0].reason, c.reason);
    EXPECT_EQ(records[0].header_count, c.headers);
    EXPECT_EQ(records[0].inner_icmp_type, 8);
  }
}

TEST_F(Trace, OnOneMachine) {
  m.add_link(m.backside(2), local_link());
  m.add_end({kBaseAddress, kBaseAddress, kLinkHere, kLinkThere}, end_at(3));
  send(echo4(kNonce, 8), kIpv4, 2);
  const auto records = m.take_records();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].event, VI_EVENT_PUSH);
  EXPECT_EQ(records[0].header_count, 0);
  EXPECT_EQ(records[0].base_ifindex, 0U);
  EXPECT_EQ(records[0].backside, m.backside(2));
  EXPECT_EQ(records[1].event, VI_EVENT_DELIVER);
  EXPECT_EQ(records[1].backside, m.backside(3));
}

TEST_F(Trace, WithOptionsInside) {
  Bytes probe = echo4(kNonce, 8);
  probe.insert(probe.begin() + 20, 8, 1);
  probe[0] = 0x47;
  send(probe);
  EXPECT_EQ(m.take_records().size(), 1U);
}

TEST_F(Trace, NothingElse) {
  Bytes fragment = echo4(kNonce, 8);
  fragment[7] = 1;
  const Bytes others[] = {
      echo4(kNonce + 1, 8),
      echo4(kNonce, 3),
      echo6(kNonce, 128 + 5),
      ipv4(100),
      ipv6(100),
      ipv4(20, 0, 1),
      ipv6(40, 0, 58),
      ipv4(35, 0, 1),
      ipv6(55, 0, 58),
      std::move(fragment),
  };
  for (const Bytes& packet : others) {
    EXPECT_EQ(send(packet).verdict, kRedirect);
    EXPECT_EQ(receive(from_there(packet)).verdict, kRedirect);
  }
  EXPECT_EQ(m.take_records().size(), 0U);
}

TEST_F(Trace, OffWhenTheNonceIsZero) {
  m.set_probe(0);
  send(echo4(0, 8));
  receive(from_there(echo4(0, 8)));
  EXPECT_EQ(m.take_records().size(), 0U);
}

TEST_F(Trace, AFullBufferDropsRecordsNotPackets) {
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(send(echo4(kNonce, 8)).verdict, kRedirect);
  EXPECT_LT(m.take_records().size(), 1000U);
  EXPECT_EQ(m.counters(m.backside(1)).tx_packets, 1000U);
}

}  // namespace
}  // namespace vinet::progrun
