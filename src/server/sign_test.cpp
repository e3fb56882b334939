// Orders that are signed over the API are what was offered and released.

#include <gtest/gtest.h>

#include "server/plane_fixture.h"

namespace stargate::server {
namespace {

using Json = nlohmann::json;

/// An order with Boreas that Aurora declined.
class Signing : public PlaneFixture {
 public:
  void decline(const Json& more = Json::object()) {
    Json body{{"supplier", "boreas"}, {"gpus", 64}, {"price", "$1.90/GPU-h"}};
    body.update(more);
    const Reply reply = send("/v1/orders/propose", body);
    ASSERT_EQ(reply.status, 201) << reply.text;
    order_ = reply.json["order"]["id"];
    const std::string offer = reply.json["offers"][0]["id"];
    const std::string aurora = token_for("sam", "supplier", "supplier", "aurora");
    EXPECT_EQ(order()["clearance"], "none") << "an offer that is open clears nothing";
    ASSERT_EQ(send("/v1/offers/" + offer + "/decline", Json::object(), aurora).status, 200);
  }
  Json order() {
    const Json list = get("/v1/orders").json;
    for (const Json& one : list["orders"]) {
      if (one["id"] == order_) return one;
    }
    return nullptr;
  }
  Reply sign(const Json& body) { return send("/v1/orders/" + order_ + "/sign", body); }

  std::string order_;
};

TEST_F(Signing, AtAHigherPriceThanWasOfferedIsRefused) {
  decline();
  const Reply refused = sign({{"price", "$3.00/GPU-h"}});
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(std::string(refused.json["detail"]).find("at a higher price than was offered to"),
            std::string::npos)
      << refused.text;
  EXPECT_TRUE(order()["signed"].is_null()) << "nothing was signed";
  EXPECT_EQ(sign(Json::object()).status, 200);
  EXPECT_EQ(order()["clearance"], "offer_declined");
}

TEST_F(Signing, ForALaterDeliveryThanWasOfferedIsRefused) {
  decline({{"delivery", "2030-01-01"}});
  EXPECT_EQ(sign({{"delivery", "2030-06-01"}}).status, 409);
  EXPECT_EQ(sign({{"delivery", "2029-06-01"}}).status, 200);
}

TEST_F(Signing, BeforeItWasProposedOrOnADayToComeIsRefused) {
  decline();
  const Reply before = sign({{"effective", "2025-01-01"}});
  EXPECT_EQ(before.status, 422);
  EXPECT_NE(before.text.find("before the order was proposed"), std::string::npos) << before.text;
  const Reply to_come = sign({{"effective", "2040-01-01"}});
  EXPECT_EQ(to_come.status, 422);
  EXPECT_NE(to_come.text.find("yet to come"), std::string::npos) << to_come.text;
  EXPECT_TRUE(order()["signed"].is_null());
}

}  // namespace
}  // namespace stargate::server
