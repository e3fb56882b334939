#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ledger/memory_ledger.h"
#include "server/api.h"
#include "server/begin.h"
#include "server/tokens.h"
#include "world/quantity.h"

// A control plane in memory, on a clock that tests move, with an executor that does what tests say.

namespace stargate::server {

class KeptStream final : public http::Stream {
 public:
  explicit KeptStream(std::shared_ptr<std::string> text) : text_(std::move(text)) {}
  bool send(std::string piece) override {
    *text_ += piece;
    return true;
  }
  std::uint64_t backlog_bytes() const override { return backlog; }
  bool is_gone() const override { return are_gone; }
  void close() override { *text_ += "(closed)"; }

  // Of every one.
  static inline std::uint64_t backlog = 0;
  static inline bool are_gone = false;

 private:
  std::shared_ptr<std::string> text_;
};

struct Kept {
  std::optional<http::Answer> answer;
  std::shared_ptr<std::string> stream;
};

class KeptResponder final : public http::Responder {
 public:
  explicit KeptResponder(std::shared_ptr<Kept> kept) : kept_(std::move(kept)) {}
  void answer(http::Answer answer) override { kept_->answer = std::move(answer); }
  std::shared_ptr<http::Stream> stream(http::Answer head) override {
    kept_->answer = std::move(head);
    kept_->stream = std::make_shared<std::string>();
    return std::make_shared<KeptStream>(kept_->stream);
  }

 private:
  std::shared_ptr<Kept> kept_;
};

/// What it was told is kept; what it reports is put there by the test.
class FakeExecutor final : public executor::Executor {
 public:
  struct Order {
    JobId job;
    std::uint64_t epoch = 0;
  };
  std::vector<executor::Start> starts;
  std::vector<Order> stops;
  std::vector<executor::Report> acknowledged;
  std::vector<executor::Report> news;
  std::vector<Known> known_runs;
  std::vector<Order> resumed;
  std::map<std::string, std::string> outputs;  ///< "JOB/EPOCH/RANK/out": a path

  std::vector<executor::Node> nodes;

  bool is_reachable = true;

  std::vector<executor::Node> inventory() override { return nodes; }
  bool in_contact() const override { return is_reachable; }
  Duration lease() const override { return seconds(60); }
  bool simulate_contact(bool is_there) override {
    is_reachable = is_there;
    return true;
  }
  void start(const executor::Start& start) override { starts.push_back(start); }
  void stop(JobId job, std::uint64_t epoch) override { stops.push_back({job, epoch}); }
  std::vector<executor::Report> poll() override { return std::exchange(news, {}); }
  void acknowledge(const executor::Report& report) override { acknowledged.push_back(report); }
  void resume(const executor::Start& start, Instant) override {
    resumed.push_back({start.job, start.epoch});
  }
  std::vector<Known> known() override { return known_runs; }
  std::string output_path(JobId job, std::uint64_t epoch, std::uint32_t rank,
                          bool is_error) const override {
    const auto found = outputs.find(std::to_string(job.value) + "/" + std::to_string(epoch) + "/" +
                                    std::to_string(rank) + (is_error ? "/err" : "/out"));
    return found == outputs.end() ? std::string() : found->second;
  }
};

struct Reply {
  int status = 0;
  std::string type;
  std::string text;
  nlohmann::json json;
  std::vector<http::Header> headers;
};

/// Aurora has 16 GPUs and a first refusal; Boreas has 16 that its order had before, and may be ordered
/// from. Two tenants, one lab.
inline std::vector<world::WorldFile> two_suppliers() {
  return {{"world.yaml", R"(labs:
  - id: lab
    title: "The lab"
tenants:
  - id: crimson
    lab: lab
  - id: indigo
    lab: lab
suppliers:
  - id: aurora
    title: "Aurora Cloud Limited"
  - id: boreas
    title: "Boreas Compute GmbH"
accelerators:
  - id: h100
    title: "NVIDIA H100"
    node_gpus: 8
    rack_nodes: 4
    facility_power: 1400 W
    it_power: 1200 W
sites:
  - id: aurora-iowa
    title: "Aurora, Iowa"
    operator: aurora
    jurisdiction: US
  - id: boreas-norway
    title: "Boreas, Norway"
    operator: boreas
    jurisdiction: NO
agreements:
  - id: boreas-paper
    title: "Boreas and the lab"
    supplier: boreas
    customer: lab
    signed: 2025-01-01
    clauses:
      - id: boreas-rate
        kind: rate
        from: 2025-01-01
        price: $1.95/GPU-h
        source: "Boreas' paper, section 3"
  - id: aurora-paper
    title: "Aurora and the lab"
    supplier: aurora
    customer: lab
    signed: 2025-01-02
    clauses:
      - id: aurora-first
        kind: first_refusal
        from: 2025-01-02
        until: 2028-01-01
        reply_within: 30 days
        partial: allowed
        partial_declines_rest: true
        release_for: 180 days
        source: "Aurora's paper, section 7"
      - id: aurora-rate
        kind: rate
        from: 2025-01-02
        price: $2.35/GPU-h
        source: "Aurora's paper, annex A"
orders:
  - id: boreas-order
    agreement: boreas-paper
    site: boreas-norway
    accelerator: h100
    amount: 16 gpus
    signed: 2025-01-01
    capacity:
      - id: boreas-one
        gpus: 16 gpus
        accepted: 2025-01-01
  - id: aurora-order
    agreement: aurora-paper
    site: aurora-iowa
    accelerator: h100
    amount: 16 gpus
    signed: 2025-01-02
    until: 2028-01-01
    capacity:
      - id: aurora-one
        gpus: 16 gpus
        accepted: 2025-01-02
)"}};
}

class PlaneFixture : public ::testing::Test {
 public:
  /// With two runners, Boreas' capacity is the second one's.
  explicit PlaneFixture(const std::vector<world::WorldFile>& files = two_suppliers(),
                        std::size_t runners = 1)
      : runners_(runners) {
    now_ = world::parse_instant("2026-01-01");
    store_ = std::make_unique<Store>(std::make_unique<ledger::MemoryLedger>());
    const world::World world = world::read_world_texts(files);
    EXPECT_EQ(begin_with(*store_, world, now_), 0U);
    admin_ = make_token(*store_, now_, {"root", Role::kAdmin, {}, kNo<PartyId>});
    store_->commit();
    make_plane();
  }

  /// One may be made inside of a test, too.
  void TestBody() override {}

  /// The ledger is all that is left; who reports goes on. Every other time it has a new image, so that what
  /// follows is re-applied on top of one.
  void restart() {
    plane_.reset();
    if (++restarts_ % 2 == 0) store_->take_snapshot();
    auto copy = copy_of_ledger();
    store_ = std::make_unique<Store>(std::move(copy));
    make_plane();
  }

  int restarts_ = 0;
  std::vector<executor::Node> kept_nodes_;  ///< what the executor has after a restart

  std::unique_ptr<ledger::Ledger> copy_of_ledger() const {
    auto copy = std::make_unique<ledger::MemoryLedger>();
    store_->ledger().read(1,
                          [&](const ledger::Entry& entry) { copy->append(std::span(&entry, 1)); });
    if (const auto image = store_->ledger().snapshot()) copy->put_snapshot(*image);
    return copy;
  }

  std::shared_ptr<Kept> post(http::Request request) {
    auto kept = std::make_shared<Kept>();
    api_->handle(std::move(request), std::make_shared<KeptResponder>(kept));
    plane_->step();
    return kept;
  }

  static http::Request request_of(const std::string& method, const std::string& target,
                                  const std::string& token) {
    http::Request request;
    request.method = method;
    request.path = target.substr(0, target.find('?'));
    if (const auto start = target.find('?'); start != std::string::npos) {
      std::string rest = target.substr(start + 1) + "&";
      for (std::size_t end; (end = rest.find('&')) != std::string::npos; rest.erase(0, end + 1)) {
        const std::string pair = rest.substr(0, end);
        const std::size_t equals = pair.find('=');
        request.query.emplace_back(pair.substr(0, equals),
                                   equals == std::string::npos ? "" : pair.substr(equals + 1));
      }
    }
    if (!token.empty()) request.headers.push_back({"authorization", "Bearer " + token});
    return request;
  }

  /// An answer is checked against the schema that is documented for it.
  Reply ask(const std::string& method, const std::string& target, const nlohmann::json& body,
            const std::string& token, const std::string& key = "") {
    http::Request request = request_of(method, target, token);
    if (!body.is_null()) {
      request.body = body.is_string() ? body.get<std::string>() : body.dump();
      request.headers.push_back({"content-type", "application/json"});
    }
    if (!key.empty()) request.headers.push_back({"idempotency-key", key});
    return reply_of(method, request.path, post(request));
  }
  Reply get(const std::string& target, const std::string& token) {
    return ask("GET", target, nullptr, token);
  }
  Reply get(const std::string& target) { return get(target, admin_); }
  Reply send(const std::string& target, const nlohmann::json& body, const std::string& token,
             const std::string& key = "") {
    return ask("POST", target, body, token, key);
  }
  Reply send(const std::string& target, const nlohmann::json& body = nullptr) {
    return send(target, body, admin_);
  }

  std::string token_for(const std::string& name, const std::string& role,
                        const std::string& member = "", const std::string& whose = "") {
    nlohmann::json spec{{"name", name}, {"role", role}};
    if (!member.empty()) spec[member] = whose;
    const Reply reply = send("/v1/tokens", spec);
    EXPECT_EQ(reply.status, 201) << reply.text;
    return reply.json["token"];
  }

  /// A job; its number.
  std::uint64_t submit(nlohmann::json spec) {
    const Reply reply = send("/v1/jobs", spec);
    EXPECT_EQ(reply.status, 201) << reply.text;
    return reply.status == 201 ? reply.json["id"].get<std::uint64_t>() : 0;
  }
  nlohmann::json job(std::uint64_t id) { return get("/v1/jobs/" + std::to_string(id)).json; }
  std::string state(std::uint64_t id) { return job(id)["state"]; }

  void report(std::uint64_t id, std::uint64_t epoch, executor::Outcome outcome, int status = 0) {
    FakeExecutor* runs = executor_;
    if (executors_.size() > 1 && job(id)["supplier"] == "boreas") runs = executors_[1];
    executor::Report report;
    report.job = {id};
    report.epoch = epoch;
    report.outcome = outcome;
    report.at = now_;
    report.exit_status = status;
    report.rank = status != 0 ? 0 : -1;
    runs->news.push_back(report);
    plane_->step();
  }

  void pass(Duration length) {
    now_ = now_ + length;
    plane_->step();
  }

  static const Route* route_of(const std::string& method, const std::string& path);
  static Reply reply_of(const std::string& method, const std::string& path,
                        const std::shared_ptr<Kept>& kept);

  std::unique_ptr<Store> store_;
  std::unique_ptr<Plane> plane_;
  std::unique_ptr<Api> api_;
  FakeExecutor* executor_ = nullptr;  ///< the first of them
  std::vector<FakeExecutor*> executors_;
  Instant now_;
  std::string admin_;
  std::uint64_t two_people_gpus_ = 1024;

 private:
  std::size_t runners_ = 1;

  void make_plane() {
    std::vector<Runner> runners;
    executors_.clear();
    for (std::size_t i = 0; i < runners_; ++i) {
      auto fake = std::make_unique<FakeExecutor>();
      executors_.push_back(fake.get());
      fake->nodes = kept_nodes_;
      runners.push_back({"fake", std::move(fake), i == 0 ? "fake" : "fake-boreas"});
    }
    executor_ = executors_.front();
    const auto runner_of = [count = runners_](const core::State& state, OrderId order) {
      const agreement::Book& book = state.scheduling().market.book;
      const bool is_boreas = book.parties()[book.supplier_of(order).value].name == "boreas";
      return is_boreas && count > 1 ? std::size_t{1} : std::size_t{0};
    };
    plane_ =
        std::make_unique<Plane>(*store_, std::move(runners), runner_of, [this] { return now_; });
    plane_->set_two_people_gpus(two_people_gpus_);
    api_ = std::make_unique<Api>(*plane_);
    plane_->begin();
    plane_->step();
  }
};

inline const Route* PlaneFixture::route_of(const std::string& method, const std::string& path) {
  const auto parts = [](const std::string& text) {
    std::vector<std::string> list{""};
    for (const char c : text) {
      if (c == '/') {
        list.emplace_back();
      } else {
        list.back() += c;
      }
    }
    return list;
  };
  const Route* found = nullptr;
  for (const Route& route : routes()) {
    const auto wanted = parts(route.path);
    const auto given = parts(path);
    bool fits = wanted.size() == given.size() && method == route.method;
    for (std::size_t i = 0; fits && i < wanted.size(); ++i) {
      fits = wanted[i].starts_with('{') || wanted[i] == given[i];
    }
    if (fits &&
        (found == nullptr || std::string_view(found->path).find('{') != std::string_view::npos))
      found = &route;
  }
  return found;
}

inline Reply PlaneFixture::reply_of(const std::string& method, const std::string& path,
                                    const std::shared_ptr<Kept>& kept) {
  Reply reply;
  if (!kept->answer) {
    ADD_FAILURE() << method << " " << path << " was not answered";
    return reply;
  }
  reply.status = kept->answer->status;
  reply.type = kept->answer->content_type;
  reply.text = kept->answer->body;
  reply.headers = kept->answer->headers;
  if (reply.type.ends_with("json")) {
    reply.json = nlohmann::json::parse(reply.text, nullptr, false);
    EXPECT_FALSE(reply.json.is_discarded()) << reply.text;
  }
  static const nlohmann::json document = nlohmann::json::parse(openapi_document());
  const Route* route = route_of(method == "HEAD" ? "GET" : method, path);
  if (route == nullptr) {
    EXPECT_GE(reply.status, 400) << method << " " << path;
    return reply;
  }
  std::string letters = route->method;
  for (char& letter : letters) letter = static_cast<char>(letter | 0x20);
  const nlohmann::json& documented = document["paths"][route->path][letters]["responses"];
  EXPECT_TRUE(documented.contains(std::to_string(reply.status)))
      << route->id << " answers " << reply.status << ", which is not documented: " << reply.text;
  EXPECT_LT(reply.status, 500) << reply.text;
  if (reply.status >= 400) {
    EXPECT_EQ(reply.type, "application/problem+json");
    for (const char* member : {"type", "title", "status", "detail"}) {
      EXPECT_TRUE(reply.json.contains(member)) << reply.text;
    }
  } else if (route->answer != nullptr && reply.status == route->status &&
             reply.type == "application/json") {
    for (const Fault& fault : faults_of(*route->answer, reply.json, Unknown::kAllowed)) {
      ADD_FAILURE() << route->id << ": " << fault.pointer << ": " << fault.detail << "\n"
                    << reply.text;
    }
  }
  return reply;
}

}  // namespace stargate::server
