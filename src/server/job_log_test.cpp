#include "server/job_log.h"

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "server/plane_fixture.h"

namespace stargate::server {
namespace {

using Json = nlohmann::json;
using executor::Outcome;

class JobLog : public PlaneFixture {
 protected:
  JobLog() {
    folder_ = std::filesystem::temp_directory_path() / ("stargate-log-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
    id_ = submit({{"gpus", 8}, {"command", {"train"}}, {"restarts", 2}});
  }
  ~JobLog() override {
    KeptStream::backlog = 0;
    KeptStream::are_gone = false;
    std::filesystem::remove_all(folder_);
  }
  void print(std::uint64_t start, const std::string& text) {
    const std::string path = folder_ / std::to_string(start);
    std::ofstream(path, std::ios::app) << text;
    executor_->outputs[std::to_string(id_) + "/" + std::to_string(start) + "/0/out"] = path;
  }
  std::shared_ptr<Kept> follow(const std::string& query = "", const std::string& last_id = "",
                               const std::string& token = "") {
    http::Request request = request_of("GET", "/v1/jobs/" + std::to_string(id_) + "/log" + query,
                                       token.empty() ? admin_ : token);
    request.headers.push_back({"accept", "text/event-stream"});
    if (!last_id.empty()) request.headers.push_back({"last-event-id", last_id});
    return post(std::move(request));
  }
  /// What the stream has had since the last call, without its first line.
  std::string news(const std::shared_ptr<Kept>& kept) {
    pass(seconds(1));
    std::string text = std::exchange(*kept->stream, "");
    if (text.starts_with(": what")) text.erase(0, text.find("\n\n") + 2);
    return text;
  }
  static std::string output(int start, int next, const std::string& text) {
    const std::string id = std::to_string(start) + "." + std::to_string(next);
    return "id: " + id + "\nevent: output\ndata: {\"start\":" + std::to_string(start) +
           ",\"text\":\"" + text + "\",\"next_offset\":" + std::to_string(next) + "}\n\n";
  }

  std::filesystem::path folder_;
  std::uint64_t id_ = 0;
};

TEST_F(JobLog, IsSentAsItGrowsOverLaterStartsUntilTheEnd) {
  report(id_, 1, Outcome::kStarted);
  print(1, "one ");
  const auto kept = follow();
  EXPECT_EQ(kept->answer->content_type, "text/event-stream");
  EXPECT_EQ(news(kept), output(1, 4, "one "));
  EXPECT_EQ(news(kept), "");
  print(1, "two\xc3");
  EXPECT_EQ(news(kept), output(1, 7, "two")) << "half a character waits";
  print(1, "\xa9");
  EXPECT_EQ(news(kept), output(1, 9, "\xc3\xa9"));
  report(id_, 1, Outcome::kExited, 3);
  print(2, "again");
  report(id_, 2, Outcome::kStarted);
  EXPECT_EQ(news(kept), "id: 2.0\nevent: start\ndata: {\"start\":2}\n\n" + output(2, 5, "again"));
  report(id_, 2, Outcome::kExited);
  EXPECT_EQ(news(kept), "event: end\ndata: {\"state\":\"succeeded\"}\n\n(closed)");
  EXPECT_EQ(news(kept), "");
}

TEST_F(JobLog, GoesOnFromThePieceThatWasSeenLast) {
  report(id_, 1, Outcome::kStarted);
  print(1, "one two");
  EXPECT_EQ(news(follow("", "1.4")), output(1, 7, "two"));
  EXPECT_EQ(news(follow("?offset=3")), output(1, 7, " two"));
  EXPECT_EQ(follow("", "2.0")->answer->status, 409) << "no start that there was";
  EXPECT_EQ(follow("?rank=8")->answer->status, 404);
  EXPECT_EQ(follow("", "x")->answer->status, 400);
  EXPECT_EQ(follow("", "1.")->answer->status, 400);
  EXPECT_EQ(follow("?offset=-1")->answer->status, 400);
}

TEST_F(JobLog, OfAJobThatWaitsBeginsWithItsStart) {
  const std::uint64_t waiting = id_ = submit({{"gpus", 16}, {"command", {"train"}}});
  submit({{"gpus", 16}, {"command", {"train"}}});
  id_ = submit({{"gpus", 16}, {"command", {"train"}}});
  ASSERT_EQ(state(id_), "queued");
  const auto kept = follow();
  EXPECT_EQ(news(kept), "");
  send("/v1/jobs/" + std::to_string(id_) + "/cancel");
  EXPECT_EQ(news(kept), "event: end\ndata: {\"state\":\"cancelled\"}\n\n(closed)");
  EXPECT_NE(waiting, id_);
}

TEST_F(JobLog, ASlowFollowerIsSentLessAndLosesNothing) {
  report(id_, 1, Outcome::kStarted);
  print(1, "one");
  KeptStream::backlog = 1 << 20;
  const auto kept = follow();
  EXPECT_EQ(news(kept), "");
  print(1, " two");
  KeptStream::backlog = 0;
  EXPECT_EQ(news(kept), output(1, 7, "one two"));
}

TEST_F(JobLog, WhoIsGoneIsForgottenThoughMuchWasUnderWay) {
  report(id_, 1, Outcome::kStarted);
  KeptStream::backlog = 1 << 20;
  // As many as one token may have.
  for (int i = 0; i < 100; ++i) follow();
  EXPECT_NE(follow()->stream->find("too many"), std::string::npos);
  KeptStream::are_gone = true;
  for (int i = 0; i < 20; ++i) pass(seconds(1));
  KeptStream::are_gone = false;
  KeptStream::backlog = 0;
  print(1, "one");
  EXPECT_EQ(news(follow()), output(1, 3, "one"));
}

TEST_F(JobLog, ALongLogComesInPiecesAndHoldsUpNoOther) {
  report(id_, 1, Outcome::kStarted);
  std::string much;
  while (much.size() < (std::size_t{1} << 20)) much += "0123456789abcde\n";
  print(1, much);
  const auto first = follow();
  const auto second = follow();
  // Each had a piece or more, and neither has all of it.
  EXPECT_NE(first->stream->find("event: output"), std::string::npos);
  EXPECT_NE(second->stream->find("event: output"), std::string::npos);
  EXPECT_LT(first->stream->size(), much.size());
  for (int i = 0; i < 10; ++i) pass(seconds(1));
  const std::string last = "\"next_offset\":" + std::to_string(much.size()) + "}\n\n";
  EXPECT_TRUE(first->stream->ends_with(last));
  EXPECT_TRUE(second->stream->ends_with(last));
}

TEST_F(JobLog, ASilentStreamIsKeptAlive) {
  report(id_, 1, Outcome::kStarted);
  const auto kept = follow();
  news(kept);
  pass(seconds(16));
  EXPECT_EQ(*kept->stream, ":\n\n");
}

TEST_F(JobLog, IsForItsTenantAndEndsWithTheToken) {
  report(id_, 1, Outcome::kStarted);
  const std::string own = token_for("c", "tenant", "tenant", "crimson");
  const std::string other = token_for("i", "tenant", "tenant", "indigo");
  EXPECT_EQ(follow("", "", other)->answer->status, 404);
  EXPECT_EQ(follow("", "", "none")->answer->status, 401);
  const auto kept = follow("", "", own);
  ASSERT_EQ(kept->answer->status, 200);
  const Json tokens = get("/v1/tokens").json["tokens"];
  for (const Json& token : tokens) {
    if (token["name"] != "c") continue;
    EXPECT_EQ(send("/v1/tokens/" + token["id"].dump() + "/revoke").status, 200);
  }
  EXPECT_TRUE(kept->stream->ends_with("(closed)")) << *kept->stream;
}

}  // namespace
}  // namespace stargate::server
