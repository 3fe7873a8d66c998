// The etcd in memory is one: whatever is asked of it and of a real one, the answers are the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "unit/etcd/fake_etcd.h"
#include "unit/etcd/faulty.h"

namespace vinet::etcd {
namespace {

/// An answer as text, revisions counted from where this test began.
std::string text_of(const Result<RangeAnswer>& answer, int64_t begin) {
  if (!answer) return "error: " + answer.error().message;
  if (answer->compacted) return "compacted";
  std::string text = answer->more ? "more" : "all";
  for (const KeyValue& one : answer->keys) {
    text += " " + one.key + "=" + one.value + "@" + std::to_string(one.created - begin) + "-" +
            std::to_string(one.changed - begin) + (one.lease != 0 ? "L" : "");
  }
  return text;
}

TEST(EndOf, IsTheFirstKeyAfterAllWithThePrefix) {
  EXPECT_EQ(end_of("/a/"), "/a0");
  EXPECT_EQ(end_of(std::string("a\xff\xff")), "b");
  EXPECT_EQ(end_of(""), std::string(1, '\0'));
}

TEST(FakeEtcd, AnswersAsARealOneDoes) {
  const auto real = RealEtcd::start();
  if (real == nullptr) GTEST_SKIP() << "SKIPPED: no etcd is installed";
  FakeEtcd fake;
  const uint64_t seed = 20261122;
  std::mt19937_64 random(seed);
  const auto below = [&random](uint64_t n) { return random() % n; };
  const std::string prefix = "/twin/";
  const auto key = [&] { return prefix + std::string(1, static_cast<char>('a' + below(6))); };
  const int64_t begin_real = real->kv().range({.key = "x"})->revision;
  const int64_t begin_fake = fake.range({.key = "x"})->revision;
  const int64_t lease_real = *real->kv().grant(60), lease_fake = *fake.grant(60);
  for (int i = 0; i < 2000; ++i) {
    SCOPED_TRACE("seed " + std::to_string(seed) + " step " + std::to_string(i));
    if (below(2) == 0) {
      Txn txn;
      std::set<std::string> named;
      for (uint64_t n = below(3); n > 0; --n) {
        const std::string name = key();
        const auto is = fake.keys().find(name);
        int64_t revision = is == fake.keys().end() ? 0 : is->second.changed;
        const bool created = below(2) == 0;
        if (created && revision != 0) revision = is->second.created;
        if (below(4) == 0) revision = revision == 0 ? begin_fake + 1 : 0;
        txn.conditions.push_back(
            {created ? Condition::Of::kCreated : Condition::Of::kChanged, name, revision});
      }
      for (uint64_t n = below(3); n > 0; --n) {
        const std::string name = key();
        if (named.insert(name).second) {
          txn.puts.push_back({name, std::to_string(i), below(4) == 0 ? lease_fake : 0});
        }
      }
      for (uint64_t n = below(3); n > 0; --n) {
        const std::string name = key();
        if (named.insert(name).second)
          txn.removals.push_back({name, below(2) == 0 ? "" : name + "x"});
      }
      Txn same = txn;
      for (Condition& condition : same.conditions) {
        if (condition.revision != 0) condition.revision += begin_real - begin_fake;
      }
      for (Put& put : same.puts) put.lease = put.lease == 0 ? 0 : lease_real;
      const auto ours = fake.txn(txn);
      const auto theirs = real->kv().txn(same);
      ASSERT_TRUE(ours && theirs) << (theirs ? "" : theirs.error().message);
      ASSERT_EQ(ours->done, theirs->done);
      ASSERT_EQ(ours->revision - begin_fake, theirs->revision - begin_real);
    } else {
      RangeRequest request{.key = below(2) == 0 ? key() : prefix};
      if (below(2) == 0) request.end = end_of(prefix);
      request.limit = static_cast<int64_t>(below(4));
      request.keys_only = below(3) == 0;
      request.descending = below(3) == 0;
      const int64_t newest = fake.range({.key = "x"})->revision;
      const bool old = below(3) == 0;
      const int64_t back =
          static_cast<int64_t>(below(static_cast<uint64_t>(newest - begin_fake + 1)));
      request.revision = old ? newest - back : 0;
      const std::string ours = text_of(fake.range(request), begin_fake);
      if (old) request.revision += begin_real - begin_fake;
      ASSERT_EQ(text_of(real->kv().range(request), begin_real), ours);
    }
  }
  // Leases: with one goes what is under it.
  EXPECT_TRUE(*real->kv().keep_alive(lease_real));
  ASSERT_TRUE(fake.revoke(lease_fake) && real->kv().revoke(lease_real));
  EXPECT_FALSE(*real->kv().keep_alive(lease_real));
  EXPECT_FALSE(*fake.keep_alive(lease_fake));
  const RangeRequest all{.key = prefix, .end = end_of(prefix)};
  EXPECT_EQ(text_of(real->kv().range(all), begin_real), text_of(fake.range(all), begin_fake));
}

TEST(RealEtcd, WhatItDoesNotAllowIsAnError) {
  const auto real = RealEtcd::start();
  if (real == nullptr) GTEST_SKIP() << "SKIPPED: no etcd is installed";
  Txn many;
  for (int i = 0; i < 200; ++i) many.puts.push_back({"/k" + std::to_string(i), "", 0});
  const auto refused = real->kv().txn(many);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kResourceExhausted) << refused.error().message;
  Txn large;
  large.puts.push_back({"/k", std::string(3'000'000, 'x'), 0});
  EXPECT_FALSE(real->kv().txn(large));
  const auto nobody = connect({{"127.0.0.1:1", "127.0.0.1:2"}, "/"}, {});
  const auto begin = std::chrono::steady_clock::now();
  const auto away = nobody->range({.key = "x"});
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().code, Errc::kUnavailable);
  EXPECT_THAT(away.error().message, ::testing::HasSubstr("no member answered"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

}  // namespace
}  // namespace vinet::etcd
