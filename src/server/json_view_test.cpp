#include "server/json_view.h"

#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/job_spec.h"

namespace stargate::server {
namespace {

using Json = nlohmann::json;

const std::vector<std::string>& bodies() {
  static const std::vector<std::string> all{
      R"({"name": "train", "gpus": 4, "use": "research", "time_limit": "2 hours", "command": ["python3", "train.py"]})",
      R"({"gpus": 8.0, "priority": -5, "environment": {"A": "1", "B": "x=y", "É": "é\n"}, "restarts": 0})",
      R"({"workload": "w", "nodes": 2, "within": "rack", "command": ["sh", "-c", "echo \"\u00e9\""], "grace": "5 seconds"})",
      R"( {"accelerators":["h100","b200"],"data":[],"memory":"8 GB","signal":"INT","directory":"/tmp"} )",
      R"({"gpus": 18446744073709551615, "name": ""})",
      R"({"gpus": 1e3, "name": "a", "name": "b"})",
      R"({"gpus": 1, "environment": {"A": "1", "A": "2"}})",
      R"({"environment": {"": "1", "A": null}, "command": []})",
      R"([{"gpus": 1}])"};
  return all;
}

std::string image_of(const JobSpec& spec) {
  Json image{{"name", spec.name},
             {"tenant", spec.tenant},
             {"workload", spec.workload},
             {"use", static_cast<int>(spec.use)},
             {"product", spec.product},
             {"accelerators", spec.accelerators},
             {"data", spec.data},
             {"gpus", {spec.part.gpus, spec.part.nodes, spec.part.gpus_per_node}},
             {"within", {static_cast<int>(spec.within), spec.must_be_within}},
             {"priority", spec.priority},
             {"lengths", {spec.time_limit.us, spec.checkpoint_interval.us, spec.grace.us}},
             {"command", spec.command},
             {"environment", spec.environment},
             {"directory", spec.directory},
             {"numbers", {spec.processes_per_node, spec.memory_bytes_max, spec.restarts}},
             {"signal", spec.signal}};
  return image.dump();
}

/// What a body says, or what is wrong with it.
template <class Read>
std::string outcome(Read read) {
  try {
    return image_of(read());
  } catch (const Problem& problem) {
    return std::string("refused: ") + problem.what();
  }
}

/// Both ways of reading a body agree; true: it is taken.
bool expect_same(const std::string& body) {
  Json slow;
  bool is_taken = true;
  try {
    slow = read_body(job_spec_schema(), body);
  } catch (const Problem&) {
    is_taken = false;
  }
  const auto fast = read_faultless(job_spec_schema(), body);
  EXPECT_EQ(fast.has_value(), is_taken) << body;
  if (!fast || !is_taken) return false;
  const std::string said = outcome([&] { return job_spec_of(slow); });
  EXPECT_EQ(outcome([&] { return job_spec_of(*fast); }), said) << body;
  // What is kept of it says the same when it is read again.
  EXPECT_EQ(outcome([&] { return job_spec_of(Json::parse(fast->json())); }), said) << body;
  return true;
}

TEST(JsonView, BothWaysOfReadingABodyAgree) {
  int taken = 0;
  for (const std::string& body : bodies()) taken += expect_same(body) ? 1 : 0;
  EXPECT_EQ(taken, 4);
}

TEST(JsonView, BothWaysOfReadingAChangedBodyAgree) {
  constexpr std::string_view kBytes =
      "{}[]\",:0123456789.eE+-\\u/ \n\tnulltruefalse\x01\x80\xc3\xff";
  std::mt19937 random(7);
  const auto any = [&](std::size_t end) { return random() % end; };
  int taken = 0;
  for (int i = 0; i < 40'000; ++i) {
    std::string body = bodies()[any(4)];
    for (std::size_t changes = 1 + any(3); changes > 0; --changes) {
      const std::size_t at = any(body.size());
      switch (any(3)) {
        case 0: body[at] = kBytes[any(kBytes.size())]; break;
        case 1: body.erase(at, 1 + any(3)); break;
        default: body.insert(at, 1, kBytes[any(kBytes.size())]);
      }
    }
    taken += expect_same(body) ? 1 : 0;
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(taken, 1'000);
  EXPECT_LT(taken, 36'000);
}

TEST(JsonView, SeesTheSameThroughBoth) {
  const std::string text = R"({"a":[1,-2,3.0,2.5,1e300],"b":{"c":null,"d":true},"e":"é","f":[]})";
  const Json json = Json::parse(text);
  FastJson reader;
  const auto fast = reader.read(text);
  ASSERT_TRUE(fast);
  for (const JsonView& view : {JsonView(json), *fast}) {
    std::vector<std::string> names;
    view.for_each_member([&](std::string_view name, const JsonView&) { names.emplace_back(name); });
    EXPECT_EQ(names, (std::vector<std::string>{"a", "b", "e", "f"}));
    std::vector<std::optional<std::int64_t>> numbers;
    view.find("a")->for_each([&](const JsonView& value) { numbers.push_back(value.integer()); });
    EXPECT_EQ(numbers,
              (std::vector<std::optional<std::int64_t>>{1, -2, 3, std::nullopt, std::nullopt}));
    EXPECT_TRUE(view.find("b")->find("c")->is_null());
    EXPECT_TRUE(view.find("b")->find("d")->is_boolean());
    EXPECT_EQ(view.find("e")->text(), "é");
    EXPECT_EQ(view.find("f")->size(), 0U);
    EXPECT_FALSE(view.find("g"));
    EXPECT_FALSE(view.find("e")->find("a"));
    EXPECT_EQ(Json::parse(view.json()), json);
  }
}

TEST(JsonView, ManyMembersWithATwinAreFound) {
  std::string text = "{";
  for (int i = 0; i < 40; ++i) text += '"' + std::to_string(i) + "\":" + std::to_string(i) + ",";
  FastJson reader;
  EXPECT_TRUE(reader.read(text + "\"x\":1}"));
  EXPECT_FALSE(reader.read(text + "\"7\":1}"));
  EXPECT_FALSE(reader.read("[[{\"a\":1,\"a\":1}]]"));
}

}  // namespace
}  // namespace stargate::server
