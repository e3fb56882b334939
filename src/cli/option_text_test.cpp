#include "cli/option_text.h"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cli/usage_error.h"

namespace stargate::cli {
namespace {

using Names = std::vector<std::string>;

/// What is complained of; empty where nothing is.
std::string complaint(const std::function<void()>& action) {
  try {
    action();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

std::string names_complaint(const std::string& text) {
  return complaint([&] { parse_names("--order", "order", text, {"fifo", "sjf"}); });
}

TEST(OptionText, ListsOfNames) {
  EXPECT_EQ(parse_names("--order", "order", "fifo", {"fifo", "sjf"}), Names({"fifo"}));
  EXPECT_EQ(parse_names("--order", "order", "sjf,fifo", {"fifo", "sjf"}), Names({"sjf", "fifo"}));
}

TEST(OptionText, WrongListsSayWhatIsExpected) {
  EXPECT_EQ(names_complaint("foo"), "--order: unknown order 'foo': expected one of fifo, sjf");
  EXPECT_EQ(names_complaint(""), "--order: empty: expected one of fifo, sjf");
  EXPECT_EQ(names_complaint("fifo,"), "--order: empty item in 'fifo,'");
  EXPECT_EQ(names_complaint(",fifo"), "--order: empty item in ',fifo'");
  EXPECT_EQ(names_complaint("fifo,,sjf"), "--order: empty item in 'fifo,,sjf'");
  EXPECT_EQ(names_complaint("fifo,sjf,fifo"), "--order: 'fifo' is given twice");
  EXPECT_EQ(names_complaint("fifo, sjf"),
            "--order: unknown order ' sjf': expected one of fifo, sjf");
}

TEST(OptionText, DurationsHaveUnits) {
  EXPECT_EQ(parse_duration("--x", "0"), seconds(0));
  EXPECT_EQ(parse_duration("--x", "90"), seconds(90));
  EXPECT_EQ(parse_duration("--x", "90s"), seconds(90));
  EXPECT_EQ(parse_duration("--x", "5m"), minutes(5));
  EXPECT_EQ(parse_duration("--x", "5min"), minutes(5));
  EXPECT_EQ(parse_duration("--x", "1.5h"), minutes(90));
  EXPECT_EQ(parse_duration("--x", "7d"), days(7));
  EXPECT_EQ(parse_duration("--x", "2w"), days(14));
  EXPECT_EQ(parse_duration("--x", "0.000001"), Duration{1});
  EXPECT_EQ(parse_duration("--x", "0.25").us, 250'000);
  EXPECT_EQ(parse_duration("--x", "100000d"), days(100'000));
}

TEST(OptionText, WrongDurationsAreRefused) {
  for (const char* text : {"", "s", "-1", "+1", "1 h", "1y", ".5", "1.", "1.0000001", "1e3", "nan",
                           "100001d", "99999999999999999999", "9999999999999999999999d"}) {
    EXPECT_NE(complaint([&] { parse_duration("--x", text); }), "") << text;
  }
}

TEST(OptionText, CountsHaveBounds) {
  EXPECT_EQ(parse_count("--x", "1", 1, 64), 1U);
  EXPECT_EQ(parse_count("--x", "64", 1, 64), 64U);
  for (const char* text :
       {"", "0", "65", "-1", "+1", " 1", "1 ", "1.0", "0x1", "18446744073709551616"}) {
    EXPECT_NE(complaint([&] { parse_count("--x", text, 1, 64); }), "") << text;
  }
}

TEST(OptionText, TracesNameTheirFormat) {
  const Names known{"swf", "jobs"};
  const FormatAndFile trace = parse_trace("--trace", "jobs:a:b.csv", known);
  EXPECT_EQ(trace.format, "jobs");
  EXPECT_EQ(trace.file, "a:b.csv");
  EXPECT_EQ(complaint([&] { parse_trace("--trace", "foo:x", known); }),
            "--trace: unknown format 'foo': expected one of swf, jobs");
  EXPECT_EQ(complaint([&] { parse_trace("--trace", "a.swf", known); }),
            "--trace: 'a.swf' names no format: expected FORMAT:FILE, as in swf:a.swf");
  EXPECT_NE(complaint([&] { parse_trace("--trace", "swf:", known); }), "");
  EXPECT_NE(complaint([&] { parse_trace("--trace", "", known); }), "");
}

}  // namespace
}  // namespace stargate::cli
