#include "server/job_log.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "http/sse.h"

namespace stargate::server {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kFollowersMost = 1'000;
constexpr std::size_t kFollowersOfTokenMost = 100;
/// Then it is the turn of others, and of the rest of the loop.
constexpr int kPiecesMost = 4;
constexpr int kPiecesOfAllMost = 32;
constexpr std::uint64_t kPieceBytes = 64 << 10;
/// Pieces wait while so much is under way to the follower.
constexpr std::uint64_t kBacklogBytes = 256 << 10;
constexpr Duration kBetweenLooks{200'000};
constexpr Duration kSilenceMost = seconds(15);

std::string event_text(std::string_view name, const std::string& id, const Json& data) {
  return http::format_event({id, name, data.dump(-1, ' ', false, Json::error_handler_t::replace)});
}

/// Bytes of a character of UTF-8 that is cut at the end of the text.
std::size_t cut_bytes(std::string_view text) {
  constexpr std::size_t kLongest = 4;
  for (std::size_t bytes = 1; bytes < kLongest && bytes <= text.size(); ++bytes) {
    const auto byte = static_cast<unsigned char>(text[text.size() - bytes]);
    if ((byte & 0xC0U) == 0x80U) continue;
    const std::size_t length = byte >= 0xF0U ? 4 : byte >= 0xE0U ? 3 : byte >= 0xC0U ? 2 : 1;
    return bytes < length ? bytes : 0;
  }
  return 0;
}

}  // namespace

bool has_output(const Plane& plane, const LogOf& log) {
  return std::ranges::any_of(plane.runners(), [&](const Runner& runner) {
    return !runner.executor->output_path(log.job, log.start, log.rank, log.is_error).empty();
  });
}

LogPiece read_log(const Plane& plane, const LogOf& log, std::uint64_t offset, std::uint64_t limit) {
  const Job& job = *plane.tables().find(log.job);
  LogPiece piece;
  piece.is_complete = has_ended(job.state) || log.start < job.epoch;
  // Earlier starts may have been with another supplier.
  for (const Runner& runner : plane.runners()) {
    if (log.start == 0 || log.start > job.epoch) break;
    const std::string path =
        runner.executor->output_path(log.job, log.start, log.rank, log.is_error);
    if (path.empty()) continue;
    std::ifstream file(path, std::ios::binary);
    if (!file) continue;
    file.seekg(static_cast<std::streamoff>(offset));
    piece.text.resize(limit);
    file.read(piece.text.data(), static_cast<std::streamsize>(limit));
    piece.text.resize(static_cast<std::size_t>(file.gcount()));
    const bool is_cut = piece.text.size() == limit;
    if (is_cut || !piece.is_complete) {
      piece.text.resize(piece.text.size() - cut_bytes(piece.text));
    }
    if (is_cut) piece.is_complete = false;
    break;
  }
  return piece;
}

bool LogFeed::follow(const Token& token, const LogOf& log, std::uint64_t offset,
                     std::shared_ptr<http::Stream> stream, Instant now) {
  const auto of_token = std::ranges::count(followers_, token.id, &Follower::token);
  if (followers_.size() >= kFollowersMost ||
      static_cast<std::size_t>(of_token) >= kFollowersOfTokenMost) {
    return false;
  }
  followers_.push_back({token.id, log, offset, std::move(stream), now, 0});
  due_ = Instant{INT64_MIN};
  return true;
}

LogFeed::Progress LogFeed::pump(const Plane& plane, std::uint64_t last_index,
                                std::uint64_t durable_index, Follower& follower) {
  const Job& job = *plane.tables().find(follower.log.job);
  if (follower.stream->is_gone()) return Progress::kOver;
  if (follower.stream->backlog_bytes() >= kBacklogBytes) return Progress::kNothing;
  const LogPiece piece = read_log(plane, follower.log, follower.offset, kPieceBytes);
  std::string text;
  if (!piece.text.empty()) {
    follower.offset += piece.text.size();
    text = event_text(
        "output", fmt::format("{}.{}", follower.log.start, follower.offset),
        {{"start", follower.log.start}, {"text", piece.text}, {"next_offset", follower.offset}});
  } else if (!piece.is_complete) {
    if (plane.now() - follower.sent < kSilenceMost) return Progress::kNothing;
    follower.sent = plane.now();
    return follower.stream->send(http::format_heartbeat()) ? Progress::kNothing : Progress::kOver;
  } else {
    // That it is complete may not be durable yet.
    if (follower.seen_index == 0) follower.seen_index = last_index;
    if (durable_index < follower.seen_index) return Progress::kNothing;
    follower.seen_index = 0;
    if (follower.log.start >= job.epoch) {
      follower.stream->send(event_text("end", "", {{"state", name_of(job.state)}}));
      follower.stream->close();
      return Progress::kOver;
    }
    ++follower.log.start;
    follower.offset = 0;
    text = event_text("start", fmt::format("{}.0", follower.log.start),
                      {{"start", follower.log.start}});
  }
  follower.sent = plane.now();
  return follower.stream->send(std::move(text)) ? Progress::kSome : Progress::kOver;
}

void LogFeed::pump(const Plane& plane, std::uint64_t last_index, std::uint64_t durable_index) {
  if (followers_.empty() || plane.now() < due_) return;
  due_ = plane.now() + kBetweenLooks;
  int left = kPiecesOfAllMost;
  for (std::size_t looked = followers_.size(); looked > 0 && left > 0; --looked) {
    // Those that were looked at go behind the others.
    std::rotate(followers_.begin(), followers_.begin() + 1, followers_.end());
    Progress progress = Progress::kSome;
    for (int pieces = 0; pieces < kPiecesMost && progress == Progress::kSome; ++pieces) {
      progress = pump(plane, last_index, durable_index, followers_.back());
      if (progress == Progress::kSome) --left;
    }
    if (progress == Progress::kSome) due_ = plane.now();
    if (progress == Progress::kOver) followers_.pop_back();
  }
  if (left <= 0) due_ = plane.now();
}

void LogFeed::end_streams_of(std::uint64_t token) {
  std::erase_if(followers_, [&](Follower& follower) {
    if (follower.token != token) return false;
    follower.stream->close();
    return true;
  });
}

void LogFeed::close() {
  for (Follower& follower : followers_) follower.stream->close();
  followers_.clear();
}

bool read_log_position(std::string_view text, std::uint64_t& start, std::uint64_t& offset) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return false;
  const auto read = [](std::string_view part, std::uint64_t& value) {
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    return error == std::errc() && end == part.data() + part.size() && !part.empty();
  };
  constexpr std::uint64_t kOffsetMost = std::uint64_t{1} << 50;
  return read(text.substr(0, dot), start) && read(text.substr(dot + 1), offset) &&
         offset <= kOffsetMost;
}

}  // namespace stargate::server
