#include "http/url.h"

#include <gtest/gtest.h>

namespace stargate::http {
namespace {

using Query = std::vector<std::pair<std::string, std::string>>;

TEST(Url, a_target_is_split_and_decoded) {
  const auto target = parse_target("/v1/jobs/a%2Fb%20c?tag=x%26y&q=a+b%2B&flag&=v&&last=");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/v1/jobs/a/b c");
  EXPECT_EQ(target->query,
            (Query{{"tag", "x&y"}, {"q", "a b+"}, {"flag", ""}, {"", "v"}, {"last", ""}}));
}

TEST(Url, only_a_query_knows_plus_as_space) {
  EXPECT_EQ(parse_target("/a+b")->path, "/a+b");
  EXPECT_EQ(parse_target("/?a+b=c+d")->query, (Query{{"a b", "c d"}}));
}

TEST(Url, a_target_may_name_scheme_and_host) {
  EXPECT_EQ(parse_target("http://test:8080/a?b=c")->path, "/a");
  EXPECT_EQ(parse_target("https://test")->path, "/");
  EXPECT_EQ(parse_target("http://[::1]?a=b")->query, (Query{{"a", "b"}}));
}

TEST(Url, what_no_target_may_hold_is_none) {
  for (const char* text : {"",    "a",    "?a=b",      "*",          "test:80", "/a b",   "/%",
                           "/%4", "/%4x", "/%00",      "/?%00",      "/?a=%00", "/?a=%",  "/#part",
                           "/\"", "/<",   "/\xc3\xa4", "mailto:a@b", "//[",     "http:/a"}) {
    EXPECT_FALSE(parse_target(text)) << text;
  }
  EXPECT_FALSE(parse_target(std::string_view("/a\0b", 4)));
}

TEST(Url, encoding_and_decoding_cancel_out) {
  std::string all;
  for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
  const std::string encoded = percent_encode(all);
  EXPECT_EQ(percent_decode(encoded), all);
  EXPECT_EQ(parse_target("/" + encoded)->path, "/" + all);
  EXPECT_EQ(parse_target("/?" + encoded + "=" + encoded)->query, (Query{{all, all}}));
  EXPECT_EQ(percent_encode("aZ09-._~ /%"), "aZ09-._~%20%2F%25");
}

TEST(Url, decoding_refuses_what_is_no_escape) {
  EXPECT_EQ(percent_decode("a+b%20%c3%A4"), "a+b \xc3\xa4");
  for (const char* text : {"%", "%1", "%1g", "a%", "%00"})
    EXPECT_FALSE(percent_decode(text)) << text;
}

}  // namespace
}  // namespace stargate::http
