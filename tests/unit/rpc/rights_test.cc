// Every method of every service has exactly one rule, and nobody may what no rule gives them.
#include "rpc/rights.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>

namespace vinet::rpc {
namespace {

using Kind = Caller::Kind;

/// All services of proto/vinet/v1, by the files that are there: one that is added is found.
std::vector<const google::protobuf::ServiceDescriptor*> services() {
  std::vector<const google::protobuf::ServiceDescriptor*> all;
  for (const auto& entry : std::filesystem::directory_iterator("proto/vinet/v1")) {
    const std::string name = "vinet/v1/" + entry.path().filename().string();
    const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(name);
    EXPECT_NE(file, nullptr) << name;
    for (int i = 0; file != nullptr && i < file->service_count(); ++i) {
      all.push_back(file->service(i));
    }
  }
  return all;
}

TEST(Rights, EveryMethodHasOneRuleAndEveryRuleAMethod) {
  std::set<std::string> methods;
  for (const auto* service : services()) {
    for (int i = 0; i < service->method_count(); ++i) {
      methods.insert(service->name() + "." + service->method(i)->name());
    }
  }
  EXPECT_GE(methods.size(), 25U);
  std::map<std::string, int> ruled;
  for (const Rule& rule : rules()) {
    ++ruled[rule.method];
    EXPECT_EQ(std::string(rule.roles).find_first_not_of("omt"), std::string::npos) << rule.method;
  }
  for (const std::string& method : methods) EXPECT_EQ(ruled[method], 1) << method;
  for (const auto& [method, count] : ruled) {
    EXPECT_TRUE(methods.contains(method)) << method << " is no method";
    EXPECT_EQ(count, 1) << method;
  }
}

TEST(Rights, WhatRolesMay) {
  const Caller local{Kind::kLocal, ""}, ada{Kind::kOperator, "ada"}, m1{Kind::kMachine, "m1"},
      eve{Kind::kTenant, "eve"};
  struct Case {
    const char* method;
    bool may_operator, may_machine, may_tenant;
  };
  const Case cases[] = {
      {"Controller.Up", true, false, true},
      {"Controller.Down", true, false, true},
      {"Controller.GetState", true, true, true},
      {"Controller.Recover", true, false, false},
      {"Machine.Apply", false, false, false},
      {"Machine.Remove", false, false, false},
      {"Machine.Exec", true, true, true},
      {"Machine.Canary", true, true, false},
      {"Machine.CanaryWork", false, true, false},
      {"Trust.PutRevocations", true, true, false},
      {"Member.Put", true, true, false},
      {"Member.Forget", true, false, false},
      {"Controller.ForgetMachine", true, false, false},
      {"Machine.NoSuchThing", false, false, false},
      {"", false, false, false},
  };
  for (const Case& one : cases) {
    EXPECT_TRUE(may_call(local, one.method)) << one.method;
    EXPECT_EQ(may_call(ada, one.method), one.may_operator) << one.method;
    EXPECT_EQ(may_call(m1, one.method), one.may_machine) << one.method;
    EXPECT_EQ(may_call(eve, one.method), one.may_tenant) << one.method;
  }
}

TEST(Rights, NobodyButTheSocketMayApplyRawSlices) {
  for (const Rule& rule : rules()) {
    if (rule.roles[0] != '\0') continue;
    EXPECT_THAT(rule.method, ::testing::StartsWith("Machine."));
  }
  EXPECT_TRUE(refused_methods("vinet.v1.Machine", {Kind::kLocal, ""}).empty());
  EXPECT_EQ(refused_methods("vinet.v1.Machine", {Kind::kOperator, "ada"}).size(), 3U);
}

}  // namespace
}  // namespace vinet::rpc
