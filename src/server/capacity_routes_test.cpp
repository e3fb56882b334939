// How far capacity has come, and what is refused.

#include "server/plane_fixture.h"

namespace stargate::server {
namespace {

using Json = nlohmann::json;

class CapacityRoutes : public PlaneFixture {
 public:
  CapacityRoutes() {
    const Reply reply = send("/v1/orders/propose",
                             {{"supplier", "boreas"}, {"gpus", 64}, {"price", "$1.90/GPU-h"}});
    EXPECT_EQ(reply.status, 201) << reply.text;
    order_ = reply.json["order"]["id"];
    offer_ = "/v1/offers/" + reply.json["offers"][0]["id"].get<std::string>();
  }
  Reply change(const Json& body) { return send("/v1/capacity/" + order_ + "-1", body); }
  void sign() {
    EXPECT_EQ(send(offer_ + "/waive", Json::object()).status, 200);
    EXPECT_EQ(send("/v1/orders/" + order_ + "/sign", Json::object()).status, 200);
  }

  std::string order_;
  std::string offer_;
};

TEST_F(CapacityRoutes, WhatNobodyOrderedIsNotAccepted) {
  EXPECT_EQ(change({{"state", "installed"}}).status, 200);
  const Reply early = change({{"state", "accepted"}});
  EXPECT_EQ(early.status, 409);
  EXPECT_EQ(early.json["detail"], order_ + " is not signed: what nobody ordered is not accepted");
  pass(days(2));
  sign();
  const Reply before = change({{"state", "accepted"}, {"effective", "2026-01-02"}});
  EXPECT_EQ(before.status, 409) << before.text;
  EXPECT_NE(before.text.find(order_ + " is signed since 2026-01-03"), std::string::npos)
      << before.text;
  EXPECT_EQ(change({{"state", "accepted"}}).status, 200);
}

}  // namespace
}  // namespace stargate::server
