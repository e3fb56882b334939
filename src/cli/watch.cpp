#include "cli/watch.h"

#include <algorithm>
#include <cstdio>
#include <thread>

#include <fmt/format.h>

#include "cli/columns.h"
#include "cli/plane_verb.h"
#include "cli/standard_output.h"

namespace stargate::cli {

bool has_ended(const Json& job) {
  const std::string state = text_at(job, "state");
  return state == "succeeded" || state == "failed" || state == "cancelled";
}

int status_of(const Json& job) {
  if (text_at(job, "state") == "succeeded") return 0;
  const auto status = job.find("exit_status");
  if (status == job.end() || !status->is_number_integer()) return kRefused;
  const auto value = status->get<std::int64_t>();
  return value > 0 && value < 256 ? static_cast<int>(value) : kRefused;
}

std::string line_of(const Json& job) {
  const std::string state = text_at(job, "state");
  std::string line = fmt::format("job {} {}{}", text_at(job, "id"),
                                 has_ended(job) && state != "cancelled" ? "has " : "is ", state);
  if (const std::string supplier = text_at(job, "supplier"); supplier != "-") {
    line += fmt::format(" at {} ({})", supplier, text_at(job, "site"));
  }
  if (const std::string why = text_at(job, "why"); why != "-") line += ": " + why;
  return line;
}

std::string LogReader::next() {
  Client::Query query{{"rank", std::to_string(rank_)}, {"offset", std::to_string(offset_)}};
  if (is_error_) query.emplace_back("stream", "err");
  const std::uint64_t wanted = start_.value_or(current_);
  if (wanted > 0) query.emplace_back("start", std::to_string(wanted));
  reply_ = client_.get(path_of("/v1/jobs", {std::to_string(job_), "log"}), query);
  const auto number = [&](const char* member) {
    const auto found = reply_.json.find(member);
    return found != reply_.json.end() && found->is_number_integer() ? found->get<std::uint64_t>()
                                                                    : 0;
  };
  if (wanted == 0) current_ = number("start");
  offset_ = std::max(offset_, number("next_offset"));
  const bool is_complete = reply_.json.value("is_complete", false);
  std::string text;
  if (reply_.json.contains("text") && reply_.json["text"].is_string()) text = reply_.json["text"];
  if (!is_complete) return text;
  if (start_) {
    is_over_ = true;
    return text;
  }
  // The job may have been started again since.
  const Reply job = client_.get(path_of("/v1/jobs", {std::to_string(job_)}));
  const std::uint64_t starts = job.json.value("starts", std::uint64_t{0});
  if (starts > current_ && current_ > 0) {
    ++current_;
    offset_ = 0;
  } else {
    is_over_ = has_ended(job.json);
  }
  return text;
}

void Pace::rest() {
  std::this_thread::sleep_for(pause_);
  pause_ = std::min(pause_ * 2, kMost);
}

int watch_job(Client& client, std::uint64_t job, bool is_json) {
  client.set_patience(kWatchPatience);
  LogReader log(client, job, 0, false, std::nullopt);
  Pace pace;
  std::string told;
  while (true) {
    const Reply reply = client.get(path_of("/v1/jobs", {std::to_string(job)}));
    std::string line = line_of(reply.json);
    const bool is_over = has_ended(reply.json);
    if (is_json && told != line) print_json(reply);
    if (!is_json) {
      if (told != line && !is_over) fmt::print(stderr, "{}\n", line);
      bool is_read = text_at(reply.json, "starts") == "0";
      while (!is_read && !log.is_over()) {
        const std::string text = log.next();
        if (!text.empty()) pace.reset();
        print(text);
        is_read = text.empty();
      }
      if (is_over) fmt::print(stderr, "{}\n", line);
    }
    if (is_over) return status_of(reply.json);
    if (told != line) pace.reset();
    told = std::move(line);
    pace.rest();
  }
}

}  // namespace stargate::cli
