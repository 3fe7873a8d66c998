// Endpoints as text, and who was refused, told at a pace.
#include "rpc/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rpc/refusals.h"

namespace vinet::rpc {
namespace {

using namespace std::chrono_literals;

TEST(Endpoint, Texts) {
  struct Case {
    const char *text, *host;
    uint16_t port;
  };
  const Case good[] = {
      {"192.0.2.1", "192.0.2.1", 7411},
      {"192.0.2.1:80", "192.0.2.1", 80},
      {"m1.example:7411", "m1.example", 7411},
      {"[2001:db8::1]:99", "2001:db8::1", 99},
      {"[2001:db8::1]", "2001:db8::1", 7411},
      {"2001:db8::1", "2001:db8::1", 7411},
      {"m1:65535", "m1", 65535},
  };
  for (const Case& one : good) {
    const Result<Endpoint> parsed = parse_endpoint(one.text);
    ASSERT_TRUE(parsed) << one.text;
    EXPECT_EQ(parsed->host, one.host);
    EXPECT_EQ(parsed->port, one.port);
    const Result<Endpoint> again = parse_endpoint(to_string(*parsed));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->host, one.host);
  }
  for (const char* text : {"", ":", ":80", "a:", "a:0", "a:65536", "a:-1", "a:8x", "[::1", "[]:80",
                           "[::1]:", "[::1]80", "a: 80", "a (/run/vinet/vinet.sock)"}) {
    EXPECT_FALSE(parse_endpoint(text)) << text;
  }
}

TEST(Refusals, AFloodIsCounted) {
  std::vector<std::string> told;
  Refusals refusals([&told](const std::string& text) { told.push_back(text); });
  const Refusals::Clock::time_point begin{1000s};
  for (int i = 0; i < 10'000; ++i) {
    refusals.note("192.0.2.1:" + std::to_string(i), "nobody", "it shows no certificate", begin);
  }
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0], "192.0.2.1:0: nobody, it shows no certificate");
  for (int i = 0; i < 10'000; ++i) {
    refusals.note("198.51.100." + std::to_string(i) + ":1", "nobody", "x", begin + 1s);
  }
  EXPECT_EQ(told.size(), Refusals::kMost);
  refusals.settle(begin + 59s);
  EXPECT_EQ(told.size(), Refusals::kMost) << "not before its minute is over";
  refusals.settle(begin + 60s);
  ASSERT_EQ(told.size(), Refusals::kMost + 1);
  EXPECT_THAT(told.back(),
              ::testing::StartsWith(std::to_string(20'000 - Refusals::kMost) + " more"));
  refusals.settle(begin + 600s);
  EXPECT_EQ(told.size(), Refusals::kMost + 1);
  refusals.note("192.0.2.1:9", "nobody", "it shows no certificate", begin + 601s);
  EXPECT_EQ(told.size(), Refusals::kMost + 2) << "told again";
}

}  // namespace
}  // namespace vinet::rpc
