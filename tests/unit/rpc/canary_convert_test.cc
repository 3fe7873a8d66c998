// A machine's part of a canary: what is sent is what comes, and nonsense is refused.
#include "rpc/canary_convert.h"

#include <gtest/gtest.h>

namespace vinet::rpc {
namespace {

machine::CanaryWork some_work() {
  machine::CanaryWork work;
  work.nonce = 0xfedc'ba98'7654'3210;
  slice::Slice slice;
  slice.owner = "line";
  slice.machine = "fleet.x";
  work.resolve = {slice};
  work.nodes = {"line.A", "line.B"};
  work.machines = {"fleet.x"};
  work.send = {{7, "line.A", "B", {}, {0x45, 0x00, 0xff}},
               {8, "fleet.x", "", net::Ipv4{0xc0000201}, {0x60}}};
  work.count = {"fleet.x"};
  work.end = true;
  return work;
}

TEST(CanaryConvert, WorkComesAsItWasSent) {
  v1::CanaryWorkRequest request;
  const machine::CanaryWork sent = some_work();
  encode(sent, request);
  const auto come = decode(request);
  ASSERT_TRUE(come) << come.error().message;
  EXPECT_EQ(come->nonce, sent.nonce);
  EXPECT_EQ(come->resolve, sent.resolve);
  EXPECT_EQ(come->nodes, sent.nodes);
  EXPECT_EQ(come->machines, sent.machines);
  EXPECT_EQ(come->send, sent.send);
  EXPECT_EQ(come->count, sent.count);
  EXPECT_TRUE(come->end);
}

TEST(CanaryConvert, NewsComeAsTheyWereSent) {
  machine::CanaryNews sent;
  sent.resolved = some_work().resolve;
  sent.deaf = {{"line.B", "no such namespace"}};
  sent.heard = {{7, "line.B", "A", true}, {9, "fleet.x", "", false}};
  sent.refused = {{8, "network is unreachable"}};
  sent.drops = {{"fleet.x", {{1, 20}, {4, 1}}}};
  sent.overrun = {{"line.A", 3}};
  v1::CanaryWorkReply reply;
  encode(sent, reply);
  const auto come = decode(reply);
  ASSERT_TRUE(come) << come.error().message;
  EXPECT_EQ(come->resolved, sent.resolved);
  EXPECT_EQ(come->deaf, sent.deaf);
  EXPECT_EQ(come->heard, sent.heard);
  EXPECT_EQ(come->refused, sent.refused);
  EXPECT_EQ(come->drops, sent.drops);
  EXPECT_EQ(come->overrun, sent.overrun);
}

TEST(CanaryConvert, RefusesPacketsThatAreNone) {
  for (const size_t bytes : {size_t{0}, size_t{4096}}) {
    v1::CanaryWorkRequest request;
    encode(some_work(), request);
    request.mutable_send(0)->set_packet(std::string(bytes, 'x'));
    const auto come = decode(request);
    ASSERT_FALSE(come);
    EXPECT_EQ(come.error().code, Errc::kInvalidArgument);
  }
  v1::CanaryWorkRequest request;
  request.set_resolve("no document");
  EXPECT_FALSE(decode(request));
}

}  // namespace
}  // namespace vinet::rpc
