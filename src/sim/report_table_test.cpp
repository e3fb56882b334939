#include "sim/report_table.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/report_fixture.h"

namespace stargate::sim {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::size_t widest(const std::string& text) {
  std::size_t width = 0;
  for (const std::string& line : lines_of(text)) width = std::max(width, line.size());
  return width;
}

TEST(ReportTable, NoLineIsWiderThanTheTerminal) {
  for (std::size_t width = 1; width <= 240; ++width) {
    EXPECT_LE(widest(report_table(example_report(), width)), width);
    EXPECT_LE(widest(report_table(example_comparison(), width)), width);
  }
}

TEST(ReportTable, OneRunShowsWordsAndSeconds) {
  const std::string text = report_table(example_report(), 80);
  EXPECT_THAT(text, HasSubstr("100x8 (100 nodes, 800 GPUs)"));
  EXPECT_THAT(text, HasSubstr("fifo, easy backfill in queue order"));
  EXPECT_THAT(text, HasSubstr("4 h 22 min"));
  EXPECT_THAT(text, HasSubstr("15,696.8 s"));
  EXPECT_THAT(text, HasSubstr("28,481"));
  EXPECT_THAT(text, HasSubstr("70.4%"));
  EXPECT_THAT(text, HasSubstr("56,962 jobs/s"));
}

TEST(ReportTable, SkippedRecordsAreListedByReason) {
  const std::string text = report_table(example_report(), 80);
  EXPECT_THAT(text, HasSubstr("skipped 8 records:"));
  EXPECT_THAT(text, HasSubstr("7  no run time (first: example.swf:12: job 11)"));
  EXPECT_THAT(text, HasSubstr("1  asks for too much"));
}

TEST(ReportTable, NotesAreBrokenBetweenWords) {
  Report report = example_report();
  report.notes = {"The log counts processors, and each was taken for a GPU."};
  const std::string text = report_table(report, 40);
  EXPECT_THAT(text,
              HasSubstr("  note: The log counts processors, and\n    each was taken for a GPU.\n"));
}

TEST(ReportTable, SeveralRunsShowWhatDiffers) {
  const std::string text = report_table(example_comparison(), 120);
  const std::vector<std::string> lines = lines_of(text);
  const auto row = [&](const std::string& start) {
    const auto found = std::find_if(lines.begin(), lines.end(), [&](const std::string& line) {
      return line.starts_with(start);
    });
    return found == lines.end() ? std::string() : *found;
  };
  EXPECT_THAT(row("  order"), HasSubstr("backfill"));
  EXPECT_THAT(row("  order"), Not(HasSubstr("estimate")));
  EXPECT_THAT(row("  fifo   easy"), HasSubstr("4 h 22 min"));
  EXPECT_THAT(row("  sjf    none"), HasSubstr("26 min 10 s"));
  EXPECT_THAT(row("  all runs"), HasSubstr("run times as requested"));
}

TEST(ReportTable, WhatMattersLeastGoesFirst) {
  const std::string wide = report_table(example_comparison(), 200);
  const std::string usual = report_table(example_comparison(), 80);
  const std::string narrow = report_table(example_comparison(), 34);
  EXPECT_THAT(wide, HasSubstr("wall"));
  EXPECT_THAT(usual, Not(HasSubstr("  wall")));
  EXPECT_THAT(usual, HasSubstr("turnaround"));
  EXPECT_THAT(narrow, HasSubstr("wait mean"));
  EXPECT_THAT(narrow, Not(HasSubstr("turnaround")));
}

TEST(ReportTable, AnInterruptedRunSaysSo) {
  Report report = example_report();
  report.runs[0].interrupted = true;
  report.runs[0].queued_at_end = 17;
  const std::string text = report_table(report, 80);
  EXPECT_THAT(text, HasSubstr("interrupted"));
  EXPECT_THAT(text, HasSubstr("still queued"));
}

TEST(ReportTable, ControlCharactersOfNamesDoNotReachTheTerminal) {
  Report report = example_report();
  report.runs[0].trace = "swf:a\x1b[31m\nb";
  const std::string text = report_table(report, 80);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, HasSubstr("swf:a?[31m?b"));
}

}  // namespace
}  // namespace stargate::sim
