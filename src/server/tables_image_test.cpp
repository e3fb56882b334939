// Images of the tables that older versions wrote.

#include <string>

#include <gtest/gtest.h>

#include "event/bytes.h"
#include "server/tables.h"

namespace stargate::server {
namespace {

/// Version 4: two tokens, of the third and the fifth microsecond, and a request of the fourth.
std::string old_image() {
  std::string bytes;
  ByteWriter out(bytes);
  out.varint(4);
  for (int i = 0; i < 3; ++i) out.varint(0);  // the first job, jobs, tenants
  out.varint(2);
  for (const std::int64_t made_us : {3, 5}) {
    out.text("someone");
    out.text("hash of " + std::to_string(made_us));
    out.enumerator(Role::kOperator);
    out.varint(TenantId{}.value);
    out.varint(kNo<PartyId>.value);
    out.zigzag(made_us);
    out.zigzag(kNever.us);
  }
  out.varint(0);  // answers
  out.varint(1);
  out.text("signOrder");
  out.varint(0);
  out.text("{}");
  out.varint(0);
  out.zigzag(4);
  out.zigzag(kNever.us);
  out.varint(0);
  out.flag(false);
  out.varint(0);  // lost contacts
  out.varint(0);  // nodes out of service
  return bytes;
}

TEST(TablesImage, OneThatKnowsNoMakersOfTokensIsRead) {
  const Tables tables = Tables::from_image(old_image());
  ASSERT_EQ(tables.tokens().size(), 2U);
  EXPECT_FALSE(tables.tokens()[1].made_by.has_value());
  ASSERT_EQ(tables.approvals().size(), 1U);
  EXPECT_EQ(tables.approvals()[0].tokens_then, 1U) << "by when they were made";
  std::string again;
  tables.write_image(again);
  const Tables copy = Tables::from_image(again);
  EXPECT_EQ(copy.approvals()[0].tokens_then, 1U);
  EXPECT_EQ(copy.tokens()[0].made.us, 3);
}

}  // namespace
}  // namespace stargate::server
