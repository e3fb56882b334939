// Who may do what, and what each is told.

#include <algorithm>
#include <cctype>
#include <set>

#include "server/feed.h"
#include "server/plane_fixture.h"

namespace stargate::server {
namespace {

using Json = nlohmann::json;

/// Whoever adds a route says here who may use it: a admin, o operator, t tenant, s supplier, u auditor;
/// p: anyone without a token.
const std::map<std::string, std::string> kMayUse{
    {"submitJob", "aot"},       {"submitJobs", "aot"},     {"planSubmission", "aot"},
    {"listJobs", "aotu"},       {"showJob", "aotu"},       {"cancelJob", "aot"},
    {"explainJob", "aotu"},     {"readLog", "aotu"},       {"listSuppliers", "aosu"},
    {"listAgreements", "aosu"}, {"listOrders", "aosu"},    {"listOffers", "aosu"},
    {"listCapacity", "aosu"},   {"listTenants", "aotu"},   {"proposeOrder", "ao"},
    {"signOrder", "ao"},        {"acceptOffer", "aos"},    {"declineOffer", "aos"},
    {"counterOffer", "aos"},    {"waiveOffer", "aos"},     {"consentOffer", "aos"},
    {"withdrawOffer", "ao"},    {"changeCapacity", "aos"}, {"setHealth", "ao"},
    {"simulateContact", "ao"},  {"health", "p"},           {"ready", "p"},
    {"openapi", "p"},           {"metrics", "aou"},        {"whoAmI", "aotsu"},
    {"listTokens", "a"},        {"addToken", "a"},         {"revokeToken", "a"},
    {"listApprovals", "aosu"},  {"decideApproval", "aos"}, {"listEvents", "aotsu"}};

bool contains(std::string text, std::string word) {
  const auto lower = [](std::string& value) {
    std::ranges::transform(value, value.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  };
  lower(text);
  lower(word);
  return text.find(word) != std::string::npos;
}

class Roles : public PlaneFixture {
 public:
  Roles() {
    tokens_["a"] = admin_;
    tokens_["o"] = token_for("olivia", "operator");
    tokens_["u"] = token_for("ursula", "auditor");
    tokens_["t"] = token_for("terry", "tenant", "tenant", "crimson");
    tokens_["t2"] = token_for("tim", "tenant", "tenant", "indigo");
    tokens_["s"] = token_for("sam", "supplier", "supplier", "aurora");
    tokens_["s2"] = token_for("sue", "supplier", "supplier", "boreas");
    own_job_ = submit(
        {{"tenant", "crimson"}, {"gpus", 16}, {"name", "scarlet-run"}, {"time_limit", "2 hours"}});
    other_job_ = submit(
        {{"tenant", "indigo"}, {"gpus", 16}, {"name", "violet-run"}, {"time_limit", "3 hours"}});
    waiting_job_ = submit({{"tenant", "indigo"}, {"nodes", 3}, {"name", "violet-big"}});
    report(own_job_, 1, executor::Outcome::kStarted);
    report(other_job_, 1, executor::Outcome::kStarted);
    const Reply proposed = send("/v1/orders/propose",
                                {{"supplier", "boreas"}, {"gpus", 2048}, {"price", "$3.21/GPU-h"}});
    EXPECT_EQ(proposed.status, 201) << proposed.text;
    new_order_ = proposed.json["order"]["id"];
    offer_ = proposed.json["offers"][0]["id"];
    EXPECT_EQ(send("/v1/offers/" + offer_ + "/decline", Json::object(), tokens_["s"]).status, 202);
    small_offer_ =
        send("/v1/orders/propose", {{"supplier", "boreas"}, {"gpus", 16}, {"price", "$3.21/GPU-h"}})
            .json["offers"][0]["id"];
    spare_ = token_for("spare", "auditor");
    // Each supplier has a job that runs.
    EXPECT_EQ(job(own_job_)["state"], "running");
    EXPECT_EQ(job(other_job_)["state"], "running");
  }

  /// The request that succeeds for those who may.
  std::pair<std::string, Json> request_for(const Route& route, const std::string& who) {
    std::string path = route.path;
    const auto put = [&](const std::string& name, const std::string& value) {
      const auto at = path.find("{" + name + "}");
      if (at != std::string::npos) path.replace(at, name.size() + 2, value);
    };
    put("job", std::to_string(who == "t2" ? other_job_ : own_job_));
    put("order", new_order_);
    put("offer", small_offer_);
    put("stage", who == "s2" ? "boreas-one" : "aurora-one");
    put("supplier", "aurora");
    put("token", "7");
    put("approval", "0");
    Json body = route.body == nullptr ? Json() : Json(route.example);
    const std::string id = route.id;
    if (id == "proposeOrder") body["supplier"] = "boreas";
    if (id == "setHealth") body["order"] = "aurora-order";
    if (id == "simulateContact") body = {{"in_contact", true}};
    if (id == "changeCapacity") body = {{"state", "suspended"}};
    return {path, body};
  }

  std::string words_that_leak(const std::string& who, const std::string& text) const {
    std::vector<std::string> words;
    if (who == "s")
      words = {"boreas", "norway", "1.95", "1950000", "violet", "scarlet", "indigo", "crimson"};
    if (who == "s2")
      words = {"aurora",  "iowa",   "2.35",    "2350000", "3.21",
               "3210000", "violet", "scarlet", "indigo",  "crimson"};
    if (who == "t")
      words = {"violet",  "indigo",  "1.95",    "2.35",  "3.21",
               "1950000", "2350000", "3210000", "micros"};
    if (who == "t2")
      words = {"scarlet", "crimson", "1.95",    "2.35",  "3.21",
               "1950000", "2350000", "3210000", "micros"};
    std::string found;
    for (const std::string& word : words) {
      if (contains(text, word)) found += word + " ";
    }
    return found;
  }

  std::map<std::string, std::string> tokens_;
  std::uint64_t own_job_ = 0;
  std::uint64_t other_job_ = 0;
  std::uint64_t waiting_job_ = 0;
  std::string new_order_;
  std::string offer_;
  std::string small_offer_;
  std::string spare_;
};

TEST(RolesTable, EveryRouteIsSpokenForAndNoneIsSpokenForInVain) {
  std::set<std::string> ids;
  for (const Route& route : routes()) {
    EXPECT_TRUE(ids.insert(route.id).second) << route.id << " is there twice";
    const auto found = kMayUse.find(route.id);
    ASSERT_NE(found, kMayUse.end()) << route.id << ": say in this test who may use it";
    std::string roles;
    if (route.is_public) {
      roles = "p";
    } else {
      for (const auto& [letter, role] : std::map<char, Role>{{'a', Role::kAdmin},
                                                             {'o', Role::kOperator},
                                                             {'s', Role::kSupplier},
                                                             {'t', Role::kTenant},
                                                             {'u', Role::kAuditor}}) {
        if ((route.roles & only(role)) != 0) roles += letter;
      }
    }
    std::string wanted = found->second;
    std::ranges::sort(wanted);
    EXPECT_EQ(roles, wanted) << route.id;
  }
  EXPECT_EQ(ids.size(), kMayUse.size());
}

TEST_F(Roles, WhoMayIsAnsweredAndNobodyElse) {
  for (const Route& route : routes()) {
    const std::string& may = kMayUse.at(route.id);
    for (const char* who : {"a", "o", "t", "s", "u", "none", "unknown", "revoked"}) {
      Roles fresh;
      const std::string name = who;
      std::string token = name == "none"      ? ""
                          : name == "unknown" ? "sg_" + std::string(64, 'f')
                                              : "";
      if (name == "revoked") {
        token = fresh.tokens_["o"];
        EXPECT_EQ(fresh.send("/v1/tokens/1/revoke").status, 200);
      }
      if (fresh.tokens_.contains(name)) token = fresh.tokens_[name];
      const auto [path, body] = fresh.request_for(route, name);
      const Reply reply = fresh.ask(route.method, path, body, token);
      const std::string about = std::string(route.id) + " as " + name + ": " + reply.text;
      if (may == "p") {
        EXPECT_EQ(reply.status, route.status) << about;
      } else if (!fresh.tokens_.contains(name)) {
        EXPECT_EQ(reply.status, 401) << about;
      } else if (may.find(name) == std::string::npos) {
        EXPECT_EQ(reply.status, 403) << about;
        EXPECT_EQ(reply.json["type"], "/problems/not_allowed") << about;
      } else if (std::string(route.id) == "signOrder") {
        EXPECT_EQ(reply.status, 409) << about;  // it is offered
      } else if (std::string(route.id) == "decideApproval" && name == "s") {
        EXPECT_EQ(reply.status, 403) << about;  // it asked itself
      } else if (std::string(route.id) == "decideApproval") {
        EXPECT_EQ(reply.status, 200) << about;
      } else {
        EXPECT_EQ(reply.status, route.status) << about;
      }
    }
  }
}

TEST(RolesTable, ARouteWithoutRolesIsForNobody) {
  Roles fresh;
  for (const char* who : {"a", "o", "t", "s", "u"}) {
    std::string digest;
    for (const Token& token : fresh.plane_->tables().tokens()) {
      const std::string name = who;
      if (name_of(token.role)[0] == name[0] || (name == "u" && token.role == Role::kAuditor))
        digest = token.sha256;
    }
    try {
      allowed_token(*fresh.plane_, digest, RoleMask{0});
      ADD_FAILURE() << who;
    } catch (const Problem& problem) {
      EXPECT_EQ(problem.status(), 403) << who;
    }
  }
}

TEST_F(Roles, NoAnswerTellsOfOthers) {
  for (const char* who : {"s", "s2", "t", "t2"}) {
    for (const Route& route : routes()) {
      if (route.is_public) continue;
      Roles fresh;
      const auto [path, body] = fresh.request_for(route, who);
      std::vector<Reply> replies{fresh.ask(route.method, path, body, fresh.tokens_[who])};
      if (route.body != nullptr) {
        replies.push_back(fresh.ask(route.method, path, "{\"nonsense\": 1}", fresh.tokens_[who]));
        replies.push_back(fresh.ask(route.method, path, "[", fresh.tokens_[who]));
        for (const Field& field : route.body->fields) {
          for (const Json& odd :
               {Json("nothing-like-it"), Json(-1), Json::array({"nothing-like-it"}), Json()}) {
            Json changed = body;
            changed[field.name] = odd;
            replies.push_back(fresh.ask(route.method, path, changed, fresh.tokens_[who]));
          }
        }
      }
      for (const Field& field : route.query) {
        replies.push_back(fresh.ask(route.method, path + "?" + field.name + "=nothing-like-it",
                                    nullptr, fresh.tokens_[who]));
      }
      replies.push_back(fresh.ask(route.method, path + "?nonsense=1", body, fresh.tokens_[who]));
      for (const Reply& reply : replies) {
        EXPECT_EQ(fresh.words_that_leak(who, reply.text), "")
            << route.id << " as " << who << ": " << reply.text;
      }
    }
  }
}

/// What is another's is answered as what there is not, but for the name that was asked for.
TEST_F(Roles, WhatIsAnothersIsNotThere) {
  const auto same_but_for_the_name = [&](const std::string& who, std::string there,
                                         const std::string& missing, const std::string& shape,
                                         const Json& body) {
    const auto path = [&](const std::string& name) {
      std::string text = shape;
      return text.replace(text.find('*'), 1, name);
    };
    const std::string method = body.is_null() ? "GET" : "POST";
    const Reply real = ask(method, path(there), body, tokens_[who]);
    const Reply none = ask(method, path(missing), body, tokens_[who]);
    EXPECT_EQ(real.status, 404) << real.text;
    std::string text = none.text;
    for (std::size_t at; (at = text.find(missing)) != std::string::npos;)
      text.replace(at, missing.size(), there);
    EXPECT_EQ(real.text, text);
  };
  const Json empty = Json::object();
  for (const char* shape : {"/v1/jobs/*", "/v1/jobs/*/explanation", "/v1/jobs/*/log"}) {
    same_but_for_the_name("t", std::to_string(other_job_), "9999", shape, nullptr);
  }
  same_but_for_the_name("t", std::to_string(other_job_), "9999", "/v1/jobs/*/cancel", empty);
  for (const char* reply : {"accept", "decline", "counter", "waive", "consent"}) {
    same_but_for_the_name("s2", small_offer_, "offer-99", std::string("/v1/offers/*/") + reply,
                          empty);
  }
  same_but_for_the_name("s2", "aurora-one", "nothing-one", "/v1/capacity/*",
                        {{"state", "suspended"}});
  same_but_for_the_name("s", "boreas-one", "nothing-one", "/v1/capacity/*",
                        {{"state", "suspended"}});
  same_but_for_the_name("s2", "0", "77", "/v1/approvals/*", {{"approve", true}});
}

TEST_F(Roles, ListsHoldOwnThingsAlone) {
  const auto ids = [&](const std::string& path, const std::string& member, const std::string& who) {
    std::vector<std::string> list;
    const Json json = get(path, tokens_[who]).json;
    for (const Json& item : json[member])
      list.push_back(item["id"].is_string() ? item["id"].get<std::string>() : item["id"].dump());
    return list;
  };
  using List = std::vector<std::string>;
  EXPECT_EQ(ids("/v1/suppliers", "suppliers", "s"), List{"aurora"});
  EXPECT_EQ(ids("/v1/agreements", "agreements", "s2"), List{"boreas-paper"});
  EXPECT_EQ(ids("/v1/orders", "orders", "s"), List{"aurora-order"});
  EXPECT_EQ(ids("/v1/orders", "orders", "s2").size(), 3U);
  EXPECT_EQ(ids("/v1/offers", "offers", "s").size(), 2U);
  EXPECT_EQ(ids("/v1/offers", "offers", "s2"), List{});
  EXPECT_EQ(ids("/v1/capacity", "capacity", "s"), List{"aurora-one"});
  EXPECT_EQ(ids("/v1/approvals", "approvals", "s").size(), 1U);
  EXPECT_EQ(ids("/v1/approvals", "approvals", "s2"), List{});
  EXPECT_EQ(ids("/v1/tenants", "tenants", "t"), List{"crimson"});
  EXPECT_EQ(ids("/v1/jobs", "jobs", "t"), List{std::to_string(own_job_)});
  const Json counts = get("/v1/jobs", tokens_["t"]).json["counts"];
  EXPECT_EQ(counts["running"], 1);
  EXPECT_EQ(counts["waiting"].get<int>() + counts["queued"].get<int>(), 0);
  EXPECT_EQ(get("/v1/jobs?tenant=indigo", tokens_["t"]).status, 403);
  EXPECT_EQ(get("/v1/jobs?tenant=nobody", tokens_["t"]).status, 403);
  EXPECT_EQ(send("/v1/jobs", {{"tenant", "indigo"}}, tokens_["t"]).status, 403);
}

TEST_F(Roles, StreamsTellOwnThingsAlone) {
  EXPECT_EQ(send("/v1/offers/" + small_offer_ + "/waive", Json::object(), tokens_["s"]).status,
            200);
  std::map<std::string, std::shared_ptr<std::string>> streams;
  for (const char* who : {"a", "s", "s2", "t", "t2"}) {
    http::Request request = request_of("GET", "/v1/events?after=0", tokens_[who]);
    request.headers.push_back({"accept", "text/event-stream"});
    streams[who] = post(request)->stream;
    ASSERT_NE(streams[who], nullptr) << who;
  }
  report(own_job_, 1, executor::Outcome::kExited);
  send("/v1/jobs/" + std::to_string(other_job_) + "/cancel");
  EXPECT_EQ(send("/v1/offers/" + offer_ + "/counter", {{"gpus", 64}, {"price", "$2.99/GPU-h"}},
                 tokens_["s"])
                .status,
            200);
  for (const char* who : {"s", "s2", "t", "t2"}) {
    EXPECT_EQ(words_that_leak(who, *streams[who]), "") << who << "\n" << *streams[who];
    EXPECT_TRUE(contains(*streams[who], "allocation_assigned")) << who << *streams[who];
    const Json page = get("/v1/events?limit=1000", tokens_[who]).json;
    EXPECT_FALSE(page["events"].empty());
    EXPECT_EQ(words_that_leak(who, page.dump()), "") << page.dump(1);
  }
  const auto count = [&](const std::string& who, const std::string& word) {
    std::size_t found = 0;
    for (std::size_t at = 0; (at = streams[who]->find(word, at)) != std::string::npos; ++at)
      ++found;
    return found;
  };
  // The numbers of others' orders, offers and jobs are no business of theirs either.
  EXPECT_EQ(count("s2", "\"act\":\"offer\""), 0U);
  EXPECT_GT(count("s", "\"act\":\"offer\""), 0U);
  EXPECT_EQ(count("s", "\"order\":"), 0U) << *streams["s"];
  EXPECT_EQ(count("t", "\"act\":"), 0U);
  EXPECT_EQ(count("t", "\"kind\":\"defined\""), 0U);
  EXPECT_EQ(count("s", "\"kind\":\"defined\""), 0U);
  EXPECT_GT(count("a", "\"kind\":\"defined\""), 0U);
  EXPECT_EQ(count("t", "\"job\":" + std::to_string(other_job_) + ","), 0U);
}

TEST_F(Roles, ARevokedTokenFollowsNoMore) {
  http::Request request = request_of("GET", "/v1/events", tokens_["o"]);
  request.headers.push_back({"accept", "text/event-stream"});
  const auto stream = post(request)->stream;
  ASSERT_NE(stream, nullptr);
  submit({{"name", "before"}});
  EXPECT_TRUE(contains(*stream, "before"));
  EXPECT_EQ(send("/v1/tokens/1/revoke").status, 200);
  EXPECT_TRUE(stream->ends_with("(closed)"));
  submit({{"name", "after"}});
  EXPECT_FALSE(contains(*stream, "after"));
  EXPECT_EQ(post(request)->answer->status, 401);
}

TEST_F(Roles, ATokenIsTheSchemesInAnyCase) {
  http::Request request = request_of("GET", "/v1/whoami", "");
  request.headers.push_back({"authorization", "bearer " + admin_});
  EXPECT_EQ(post(request)->answer->status, 200);
}

}  // namespace
}  // namespace stargate::server
