#include "http/sse.h"

#include <gtest/gtest.h>

namespace stargate::http {
namespace {

TEST(ServerEvents, have_an_id_a_name_and_a_line_for_each_line_of_data) {
  EXPECT_EQ(format_event({.id = "7", .name = "started", .data = "{\"a\":1}"}),
            "id: 7\nevent: started\ndata: {\"a\":1}\n\n");
  EXPECT_EQ(format_event({.id = {}, .name = {}, .data = "one\ntwo\r\nthree\rfour"}),
            "data: one\ndata: two\ndata: three\ndata: four\n\n");
  EXPECT_EQ(format_event({.id = "1", .name = {}, .data = "\n"}), "id: 1\ndata: \ndata: \n\n");
  EXPECT_EQ(format_event({}), "data: \n\n");
}

TEST(ServerEvents, line_ends_in_id_and_name_cannot_forge_lines) {
  EXPECT_EQ(format_event({.id = "1\ndata: x", .name = "a\r\nb", .data = "d"}),
            "id: 1data: x\nevent: ab\ndata: d\n\n");
}

TEST(ServerEvents, a_heartbeat_is_a_comment) { EXPECT_EQ(format_heartbeat(), ":\n\n"); }

}  // namespace
}  // namespace stargate::http
