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

TEST_F(CapacityRoutes, WhatIsRefusedSaysWhatThereIs) {
  sign();
  const std::string stage = order_ + "-1";
  Reply refused = change({{"state", "in_acceptance"}, {"nodes", 9}});
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(refused.json["detail"], "the capacity: " + stage + " has 8 nodes, found 9");
  EXPECT_EQ(change({{"state", "accepted"}, {"nodes", 6}}).status, 200);
  refused = change({{"state", "accepted"}, {"nodes", 3}});
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.json["detail"],
            "the capacity: " + stage +
                ": 6 nodes are accepted since 2026-01-01T00:00:00Z, 2 nodes are announced: 2 nodes "
                "of it may become accepted, found 3");
  EXPECT_EQ(change({{"state", "accepted"}}).status, 200);
  for (const char* state : {"accepted", "in_acceptance", "announced"}) {
    refused = change({{"state", state}});
    EXPECT_EQ(refused.status, 409) << refused.text;
    EXPECT_EQ(refused.json["detail"], "the capacity: " + stage +
                                          " is accepted since 2026-01-01T00:00:00Z: nothing of it "
                                          "becomes " +
                                          state);
  }
}

TEST_F(CapacityRoutes, OffersAndSignaturesSayWhatTheyAreOf) {
  Reply refused = send(offer_ + "/accept", {{"gpus", 200}});
  EXPECT_EQ(refused.status, 422) << refused.text;
  EXPECT_EQ(refused.json["detail"], "the reply: the offer is of 64 GPUs, found 200 GPUs");
  refused = send(offer_ + "/decline", {{"effective", "2025-11-01"}});
  EXPECT_EQ(refused.status, 422) << refused.text;
  EXPECT_NE(refused.text.find("before the offer was made (2026-01-01T00:00:00Z)"),
            std::string::npos)
      << refused.text;
  for (const Json& same : {Json::object(), Json{{"gpus", 64}}, Json{{"signed_by", "S. Am"}}}) {
    refused = send(offer_ + "/counter", same);
    EXPECT_EQ(refused.status, 422) << refused.text;
    EXPECT_NE(refused.text.find("expected another gpus, price, delivery or until"),
              std::string::npos)
        << refused.text;
  }
  EXPECT_EQ(send(offer_ + "/decline", Json::object()).json["cleared"], false);
  const Reply consent = send(offer_ + "/consent", Json::object());
  EXPECT_EQ(consent.json["state"], "declined");
  EXPECT_EQ(consent.json["cleared"], true);
  refused = send("/v1/orders/" + order_ + "/sign", {{"gpus", 99}});
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(refused.json["detail"], "the signature: " + order_ + " is of 64 GPUs, found 99 GPUs");
}

TEST_F(CapacityRoutes, SuppliersThatMayBeOrderedFromAreNamed) {
  for (const char* name : {"bogus", "lab"}) {
    const Reply refused = send("/v1/orders/propose", {{"supplier", name}, {"gpus", 8}});
    EXPECT_EQ(refused.status, 422);
    EXPECT_EQ(refused.json["detail"],
              std::string("/supplier: found ") + name + ", expected one of aurora, boreas");
  }
}

}  // namespace
}  // namespace stargate::server
