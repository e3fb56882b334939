// What takes two people, and what becomes of it.

#include "server/plane_fixture.h"

namespace stargate::server {
namespace {

using Json = nlohmann::json;

class Approvals : public PlaneFixture {
 public:
  Approvals() {
    aurora_ = token_for("sam", "supplier", "supplier", "aurora");
    aurora_too_ = token_for("ann", "supplier", "supplier", "aurora");
    boreas_ = token_for("sue", "supplier", "supplier", "boreas");
    olivia_ = token_for("olivia", "operator");
    omar_ = token_for("omar", "operator");
  }
  /// An order with Boreas, offered to Aurora.
  void propose(std::uint64_t gpus) {
    const Reply reply = send("/v1/orders/propose",
                             {{"supplier", "boreas"}, {"gpus", gpus}, {"price", "$1.90/GPU-h"}});
    ASSERT_EQ(reply.status, 201) << reply.text;
    order_ = reply.json["order"]["id"];
    offer_ = "/v1/offers/" + reply.json["offers"][0]["id"].get<std::string>();
  }
  Json offer() {
    const Json list = get("/v1/offers").json;
    for (const Json& one : list["offers"]) {
      if ("/v1/offers/" + one["id"].get<std::string>() == offer_) return one;
    }
    return nullptr;
  }
  Json approvals() { return get("/v1/approvals").json["approvals"]; }
  Reply decide(const Reply& asked, bool approve, const std::string& token) {
    return send("/v1/approvals/" + asked.json["approval"].dump(), {{"approve", approve}}, token);
  }
  Json order() {
    const Json list = get("/v1/orders").json;
    for (const Json& one : list["orders"]) {
      if (one["id"] == order_) return one;
    }
    return nullptr;
  }

  std::string aurora_;
  std::string aurora_too_;
  std::string boreas_;
  std::string olivia_;
  std::string omar_;
  std::string order_;
  std::string offer_;
};

TEST_F(Approvals, MuchIsDecidedByTwo) {
  propose(2048);
  const Reply asked = send(offer_ + "/decline", Json::object(), aurora_);
  EXPECT_EQ(asked.status, 202);
  EXPECT_EQ(offer()["state"], "offered");
  const std::string approval = "/v1/approvals/" + asked.json["approval"].dump();
  EXPECT_EQ(send(approval, {{"approve", true}}, aurora_).status, 403);
  EXPECT_EQ(send(approval, {{"approve", true}}, boreas_).status, 404);
  EXPECT_EQ(send(approval, {{"approve", true}}, aurora_too_).json["state"], "approved");
  EXPECT_EQ(offer()["state"], "declined");
  EXPECT_EQ(send(approval, {{"approve", true}}, aurora_too_).status, 409);
}

TEST_F(Approvals, RefusedMeansNothingIsDone) {
  propose(1024);
  const Json asked = send(offer_ + "/accept", Json::object(), aurora_).json;
  const std::string approval = "/v1/approvals/" + asked["approval"].dump();
  EXPECT_EQ(send(approval, {{"approve", false}}, aurora_too_).json["state"], "refused");
  EXPECT_EQ(offer()["state"], "offered");
  propose(1016);
  EXPECT_EQ(send(offer_ + "/accept", Json::object(), aurora_).status, 200);
}

TEST_F(Approvals, WhatWasSettledOtherwiseIsNotDecided) {
  propose(2048);
  const Json asked = send(offer_ + "/accept", Json::object(), aurora_).json;
  EXPECT_EQ(send(offer_ + "/withdraw", Json::object()).status, 200);
  const std::string approval = "/v1/approvals/" + asked["approval"].dump();
  EXPECT_EQ(send(approval, {{"approve", true}}, aurora_too_).status, 409);
  EXPECT_EQ(approvals()[0]["state"], "moot");
}

TEST_F(Approvals, ARequestThatIsRepeatedIsTheOneThatWaits) {
  propose(2048);
  const Reply first = send(offer_ + "/decline", Json::object(), aurora_);
  const Reply again = send(offer_ + "/decline", Json::object(), aurora_);
  EXPECT_EQ(again.status, 202);
  EXPECT_EQ(again.json["approval"], first.json["approval"]);
  EXPECT_EQ(approvals().size(), 1U);
  // Another act and another person are others.
  const Reply part = send(offer_ + "/accept", {{"gpus", 16}}, aurora_);
  EXPECT_NE(part.json["approval"], first.json["approval"]);
  const Reply other = send(offer_ + "/decline", Json::object(), aurora_too_);
  EXPECT_NE(other.json["approval"], first.json["approval"]);
  restart();
  EXPECT_EQ(send(offer_ + "/decline", Json::object(), aurora_).json["approval"],
            first.json["approval"]);
  // One that was decided is no longer waited for.
  EXPECT_EQ(decide(first, false, aurora_too_).json["state"], "refused");
  EXPECT_NE(send(offer_ + "/decline", Json::object(), aurora_).json["approval"],
            first.json["approval"]);
}

TEST_F(Approvals, AreMootOnceTheOfferLapses) {
  propose(2048);
  const Reply asked = send(offer_ + "/accept", Json::object(), aurora_);
  EXPECT_EQ(approvals()[0]["state"], "waiting");
  EXPECT_TRUE(approvals()[0]["why"].is_null());
  pass(days(32));
  EXPECT_EQ(approvals()[0]["state"], "moot");
  EXPECT_NE(approvals()[0]["why"].get<std::string>().find("lapsed since"), std::string::npos);
  for (const bool approve : {true, false}) {
    const Reply refused = decide(asked, approve, aurora_too_);
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(refused.json["type"], "/problems/moot");
    EXPECT_NE(refused.json["detail"].get<std::string>().find("lapsed since"), std::string::npos)
        << refused.text;
  }
  EXPECT_EQ(offer()["state"], "lapsed");
  restart();
  EXPECT_EQ(approvals()[0]["state"], "moot");
  // What comes too late is not asked for.
  EXPECT_EQ(send(offer_ + "/accept", Json::object(), aurora_).status, 409);
  EXPECT_EQ(approvals().size(), 1U);
}

TEST_F(Approvals, AreMootOnceTheOneThatAskedMayNoMore) {
  propose(2048);
  const Reply asked = send(offer_ + "/decline", Json::object(), aurora_);
  EXPECT_EQ(send("/v1/tokens/1/revoke").status, 200);
  EXPECT_EQ(decide(asked, true, aurora_too_).status, 409);
  EXPECT_EQ(approvals()[0]["state"], "moot");
}

TEST_F(Approvals, ATokenOfTheOneThatAskedIsNoSecondPerson) {
  const std::string second_admin = token_for("root too", "admin");
  const auto make = [&](const std::string& with, const char* role) {
    const Reply reply = send("/v1/tokens", {{"name", "sock"}, {"role", role}}, with);
    return reply.json["token"].get<std::string>();
  };
  const std::string by_second = make(second_admin, "operator");
  propose(2048);
  decide(send(offer_ + "/waive", Json::object(), aurora_), true, aurora_too_);
  const std::string sign = "/v1/orders/" + order_ + "/sign";
  const Reply asked = send(sign, Json::object());
  ASSERT_EQ(asked.status, 202) << asked.text;
  const Reply of_second = send(sign, Json::object(), second_admin);
  restart();
  // A token that the one that asked made, directly or with one that it made.
  for (const std::string& token : {olivia_, by_second}) {
    const Reply refused = decide(asked, true, token);
    EXPECT_EQ(refused.status, 403) << refused.text;
    EXPECT_NE(refused.text.find("was made with the token that asked"), std::string::npos)
        << refused.text;
  }
  restart();  // from an image
  EXPECT_EQ(decide(of_second, true, by_second).status, 403);
  // One that is newer than the request, whoever made it.
  const Reply of_omar = send(sign, Json::object(), omar_);
  const std::string newer = make(second_admin, "operator");
  const Reply refused = decide(of_omar, true, newer);
  EXPECT_EQ(refused.status, 403);
  EXPECT_NE(refused.text.find("was made after the request was asked"), std::string::npos)
      << refused.text;
  EXPECT_TRUE(order()["signed"].is_null());
  EXPECT_EQ(decide(of_second, true, olivia_).json["state"], "approved");
}

TEST_F(Approvals, ASignatureAboveTheAmountTakesTwo) {
  propose(2048);
  const std::string sign = "/v1/orders/" + order_ + "/sign";
  EXPECT_EQ(send(sign, Json::object()).status, 409) << "what may not be signed is not asked for";
  EXPECT_TRUE(approvals().empty());
  ASSERT_EQ(decide(send(offer_ + "/decline", Json::object(), aurora_), true, aurora_too_).status,
            200);
  const Reply asked = send(sign, Json::object(), omar_);
  EXPECT_EQ(asked.status, 202) << asked.text;
  EXPECT_TRUE(order()["signed"].is_null()) << "one person's word is not enough";
  EXPECT_EQ(decide(asked, true, omar_).status, 403);
  EXPECT_EQ(decide(asked, true, boreas_).status, 404);
  const Reply other = send(sign, Json::object(), olivia_);
  EXPECT_EQ(decide(asked, true, olivia_).json["state"], "approved");
  EXPECT_FALSE(order()["signed"].is_null());
  EXPECT_EQ(decide(other, true, admin_).status, 409) << "it is signed";
  EXPECT_EQ(approvals().back()["state"], "moot");
}

TEST_F(Approvals, CapacityAboveTheAmountIsAcceptedByTwoWhateverItsParts) {
  propose(2048);
  decide(send(offer_ + "/waive", Json::object(), aurora_), true, aurora_too_);
  decide(send("/v1/orders/" + order_ + "/sign", Json::object(), omar_), true, olivia_);
  const std::string stage = "/v1/capacity/" + order_ + "-1";
  EXPECT_EQ(send(stage, {{"state", "installed"}}, boreas_).status, 200) << "it says so alone";
  const Reply asked = send(stage, {{"state", "accepted"}, {"nodes", 2}}, omar_);
  EXPECT_EQ(asked.status, 202) << asked.text;
  EXPECT_EQ(order()["accepted_gpus"], 0);
  EXPECT_EQ(decide(asked, true, olivia_).json["state"], "approved");
  EXPECT_EQ(order()["accepted_gpus"], 16);
  const Reply rest = send(stage, {{"state", "accepted"}}, omar_);
  EXPECT_EQ(rest.status, 202);
  EXPECT_EQ(send(stage, {{"state", "suspended"}}).status, 200) << "taking it back needs one";
  EXPECT_EQ(send(stage, {{"state", "cancelled"}}).status, 200);
  EXPECT_EQ(approvals().back()["state"], "moot");
  EXPECT_EQ(decide(rest, true, olivia_).status, 409);
}

TEST_F(Approvals, AConsentClearsTheOrderAndIsTwoPeoplesAboveTheAmount) {
  propose(16);
  EXPECT_EQ(send(offer_ + "/consent", Json::object(), boreas_).status, 404) << "not its offer";
  const Reply small = send(offer_ + "/consent", {{"signed_by", "S. Am"}}, aurora_);
  EXPECT_EQ(small.status, 200) << small.text;
  EXPECT_EQ(small.json["state"], "consented");
  EXPECT_EQ(send(offer_ + "/accept", Json::object(), aurora_).status, 409) << "it is settled";
  EXPECT_EQ(send("/v1/orders/" + order_ + "/sign", Json::object()).status, 200);
  propose(2048);
  const Reply asked = send(offer_ + "/consent", Json::object(), aurora_);
  EXPECT_EQ(asked.status, 202);
  EXPECT_EQ(offer()["state"], "offered");
  EXPECT_EQ(decide(asked, true, aurora_too_).json["state"], "approved");
  EXPECT_EQ(offer()["state"], "consented");
}

TEST_F(Approvals, AWaiverAfterALapseIsStillPossibleUntilTheOrderIsSigned) {
  propose(16);
  pass(days(32));
  EXPECT_EQ(send(offer_ + "/waive", Json::object(), aurora_).status, 200);
  propose(16);
  pass(days(32));
  ASSERT_EQ(send("/v1/orders/" + order_ + "/sign", Json::object()).status, 200);
  const Reply late = send(offer_ + "/waive", Json::object(), aurora_);
  EXPECT_EQ(late.status, 409);
  EXPECT_NE(late.text.find("its order is signed since"), std::string::npos) << late.text;
  EXPECT_EQ(late.text.find(order_), std::string::npos) << "whose order it is, is not the holder's";
}

/// The world, where an offer of Aurora's is to state how long the order goes on.
std::vector<world::WorldFile> strict_world() {
  std::vector<world::WorldFile> files = two_suppliers();
  const std::string words = "release_for: 180 days\n";
  const std::size_t at = files[0].text.find(words);
  files[0].text.insert(at + words.size(), "        must_state: [price, until]\n");
  return files;
}

class Proposals : public PlaneFixture {
 public:
  Proposals() : PlaneFixture(strict_world()) {}
};

TEST_F(Proposals, WhatIsRefusedLeavesNothingBehind) {
  const std::size_t orders = get("/v1/orders").json["orders"].size();
  const std::size_t stages = get("/v1/capacity").json["capacity"].size();
  const std::uint64_t entries = store_->last_index();
  Json body{{"supplier", "boreas"}, {"gpus", 64}, {"price", "$1.90/GPU-h"}};
  const Reply refused = send("/v1/orders/propose", body);
  EXPECT_EQ(refused.status, 409) << refused.text;
  EXPECT_NE(refused.text.find("an offer is to state until (of aurora-first)"), std::string::npos)
      << refused.text;
  EXPECT_EQ(get("/v1/orders").json["orders"].size(), orders);
  EXPECT_EQ(get("/v1/capacity").json["capacity"].size(), stages);
  EXPECT_EQ(store_->last_index(), entries) << "nothing is in the ledger either";
  body["until"] = "2027-01-01";
  EXPECT_EQ(send("/v1/orders/propose", body).status, 201);
  EXPECT_EQ(get("/v1/orders").json["orders"].size(), orders + 1);
}

}  // namespace
}  // namespace stargate::server
