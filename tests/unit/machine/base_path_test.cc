// The echoes that try base paths, byte by byte; and what fake machines report and are told.
#include "machine/base_path.h"

#include <gtest/gtest.h>

#include "kernel/fake.h"
#include "machine/encode.h"
#include "support/model.h"

namespace vinet::machine {
namespace {

PathOrder order_of(std::vector<uint32_t> sizes) {
  PathOrder order;
  order.machine = "lab.X";
  order.near = net::Ipv4{0xc0a80001};
  order.far = net::Ipv4{0xc0a80002};
  order.link_source = net::Ipv4{0xac100000};
  order.link_destination = net::Ipv4{0xac100001};
  order.nonce = 0x1122334455667788;
  order.sizes = std::move(sizes);
  return order;
}

TEST(BasePath, EchoesAreOfTheLinkAndAnsweredByIt) {
  // The machine at the other end, as the plain model knows it.
  model::Machine far;
  far.base_address = 0xc0a80002;
  far.ends[{0xc0a80001, 0xc0a80002, 0xac100000, 0xac100001}] = 1;
  far.own[0xac100001] = 1;
  for (uint32_t bytes = 56; bytes <= 1500; ++bytes) {
    const model::Bytes echo = path_echo(order_of({}), bytes);
    ASSERT_EQ(echo.size(), bytes);
    EXPECT_EQ(model::checksum(echo, 40, bytes / 2 * 2 - 40), 0);
    EXPECT_EQ(echo[6], 0x40) << "DF";
    const auto fate = model::decapsulate(far, echo);
    ASSERT_TRUE(std::holds_alternative<model::Answered>(fate)) << bytes;
  }
  EXPECT_EQ(path_echo(order_of({}), 0).size(), 56U) << "no less than headers and nonce";
}

TEST(BasePath, MachinesWithoutProgramsHaveMetNothing) {
  const auto kernel = kernel::make_fake();
  ASSERT_TRUE(kernel->namespaces().create("lab.X", "vinet:lab:X"));
  const auto reports = take_path_reports(*kernel, {"lab.X", "lab.gone"});
  ASSERT_TRUE(reports);
  EXPECT_TRUE(reports->empty());
}

TEST(BasePath, WhatIsPutInForceStaysUntilItIsAsPlanned) {
  const auto kernel = kernel::make_fake();
  ASSERT_TRUE(kernel->namespaces().create("lab.X", "vinet:lab:X"));
  ASSERT_TRUE(kernel->programs().load("lab.X", to_be(net::Ipv4{0xc0a80001}), 0));
  PathOrder order = order_of({});
  order.in_force_bytes = 1300;
  ASSERT_TRUE(order_paths(*kernel, {order}));
  auto reports = take_path_reports(*kernel, {"lab.X"});
  ASSERT_TRUE(reports);
  ASSERT_EQ(reports->size(), 1U);
  EXPECT_EQ(reports->front().far, order.far);
  EXPECT_EQ(reports->front().in_force_bytes, 1300U);

  order.in_force_bytes = 0;
  ASSERT_TRUE(order_paths(*kernel, {order}));
  ASSERT_TRUE(order_paths(*kernel, {order})) << "twice is as good as once";
  reports = take_path_reports(*kernel, {"lab.X"});
  ASSERT_TRUE(reports);
  EXPECT_TRUE(reports->empty());
}

}  // namespace
}  // namespace vinet::machine
