#include "sim/report_html.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sim/report_assets.h"
#include "sim/report_fixture.h"

namespace stargate::sim {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The JSON that the page's script reads.
std::string data_of(const std::string& page) {
  const std::string open = "<script type=\"application/json\" id=\"data\">";
  const std::size_t begin = page.find(open) + open.size();
  return page.substr(begin, page.find("</script>", begin) - begin);
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(ReportHtml, EscapesWhatHtmlWouldRead) {
  EXPECT_EQ(html_escaped("<b a=\"1\" c='2'>&amp;"),
            "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;");
}

TEST(ReportHtml, SaysInWordsWhatCameOut) {
  EXPECT_THAT(
      report_html(example_report()),
      HasSubstr(
          "28,481 jobs of 1996-12-07 to 1996-12-08 were replayed on 100 nodes with 800 GPUs"));
  const std::string page = report_html(example_comparison());
  EXPECT_THAT(page, HasSubstr("under 2 policies"));
  EXPECT_THAT(page, HasSubstr("\u201csjf, no backfill\u201d: 26 min 10 s on average"));
  EXPECT_THAT(page, HasSubstr("(10 times as long)"));
}

TEST(ReportHtml, NamesDoNotBecomeMarkup) {
  Report report = example_comparison();
  const std::string evil = "</script><script>alert(1)</script><!--";
  for (RunResult& run : report.runs) {
    run.trace = "swf:" + evil;
    run.fleet = evil;
    run.waits_by_tenant[0].label = evil;
    run.waits_by_size[0].label = evil;
    run.skipped_by_reason[evil] = 1;
  }
  report.skips[evil] = {1, evil};
  const std::string page = report_html(report);
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, Not(HasSubstr("<!--")));
  // The data, the plots' library and the script that uses it.
  EXPECT_EQ(count_of(page, "</script>"), 3U);
  const nlohmann::json data = nlohmann::json::parse(data_of(page));
  EXPECT_EQ(data.at("runs").at(0).at("sizes").at(0).at("label"), evil);
}

TEST(ReportHtml, NamesAreNotFilledIn) {
  Report report = example_report();
  report.runs[0].fleet = "{{script}} {{none such}}";
  EXPECT_THAT(report_html(report), HasSubstr("{{script}} {{none such}}"));
}

TEST(ReportHtml, NeedsNothingFromElsewhere) {
  const std::string page = report_html(example_comparison());
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  for (const char* fetched : {"src=\"", "url(", "@import", "href=\"http"}) {
    EXPECT_THAT(page, Not(HasSubstr(fetched))) << fetched;
  }
}

TEST(ReportHtml, TheDataTellWhetherThereAreDates) {
  Report report = example_report();
  EXPECT_EQ(nlohmann::json::parse(data_of(report_html(report))).at("dates"), true);
  for (UsageSample& sample : report.runs[0].usage) sample.at_s -= 850'000'000;
  EXPECT_EQ(nlohmann::json::parse(data_of(report_html(report))).at("dates"), false);
}

TEST(ReportHtml, TenantsAreTheTwelveOfMostUse) {
  Report report = example_report();
  report.runs[0].waits_by_tenant.clear();
  for (int i = 0; i < 20; ++i) {
    WaitRow row;
    row.label = "tenant " + std::to_string(i);
    row.gpu_hours = i;
    report.runs[0].waits_by_tenant.push_back(row);
  }
  const nlohmann::json data = nlohmann::json::parse(data_of(report_html(report)));
  const nlohmann::json& tenants = data.at("runs").at(0).at("tenants");
  ASSERT_EQ(tenants.size(), 12U);
  EXPECT_EQ(tenants.at(0).at("label"), "tenant 19");
}

TEST(ReportHtml, AnEmptyRunMakesAPageToo) {
  Report report;
  report.runs.emplace_back();
  report.runs[0].interrupted = true;
  EXPECT_THAT(report_html(report), HasSubstr("Interrupted."));
}

TEST(ReportHtml, TheAssetsAreWhole) {
  EXPECT_TRUE(report_template().ends_with("</html>\n"));
  EXPECT_THAT(std::string(uplot_script()), HasSubstr("v1.6.32"));
  EXPECT_GT(report_style().size(), 1'000U);
  EXPECT_THAT(std::string(uplot_script()), Not(HasSubstr("</script")));
  EXPECT_THAT(std::string(report_script()), Not(HasSubstr("</script")));
}

}  // namespace
}  // namespace stargate::sim
