#include "cli/client.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <thread>

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/random.h>

#include "cli/columns.h"
#include "cli/usage_error.h"

namespace stargate::cli {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kAnswerBytesMost = std::size_t{1} << 28;
constexpr std::size_t kTokenBytesMost = 4096;
constexpr long kConnectMs = 5'000;
constexpr long kAnswerMs = 60'000;

/// Empty where it is not set.
std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string data_folder() {
  const std::string folder = variable("STARGATE_DATA");
  return folder.empty() ? "stargate-data" : folder;
}

/// The first line of a small file; nullopt where it cannot be read.
std::optional<std::string> first_line(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string line;
  if (!file || !std::getline(file, line)) return std::nullopt;
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
  return line;
}

std::string address() {
  std::string found = variable("STARGATE_ADDR");
  if (found.empty()) {
    const std::string path = data_folder() + "/address";
    const auto line = first_line(path);
    if (!line || line->empty()) {
      throw UnreachableError(fmt::format(
          "no control plane: {} is not there, expected the address of one that runs: start "
          "`stargate up`, or set STARGATE_ADDR or STARGATE_DATA",
          path));
    }
    found = *line;
  }
  if (found.find("://") == std::string::npos) found = "http://" + found;
  if (!found.starts_with("http://") && !found.starts_with("https://")) {
    throw UsageError(fmt::format(
        "STARGATE_ADDR: found '{}', expected an address such as http://127.0.0.1:7717", found));
  }
  while (found.ends_with('/')) found.pop_back();
  return found;
}

std::string token() {
  std::string found = variable("STARGATE_TOKEN");
  std::string origin = "STARGATE_TOKEN";
  if (found.empty()) {
    const std::string named = variable("STARGATE_TOKEN_FILE");
    origin = named.empty() ? data_folder() + "/admin.token" : named;
    const auto line = first_line(origin);
    if (!line) {
      throw UsageError(fmt::format(
          "{}: cannot be read, expected a token: set STARGATE_TOKEN or STARGATE_TOKEN_FILE",
          origin));
    }
    found = *line;
  }
  const bool is_plain = std::ranges::all_of(found, [](char c) { return c > ' ' && c < '\x7F'; });
  if (found.empty() || found.size() > kTokenBytesMost || !is_plain) {
    throw UsageError(origin + ": found no token, expected one line of letters and digits");
  }
  return found;
}

/// 128 random bits.
std::string random_key() {
  std::array<unsigned char, 16> bits{};
  if (getrandom(bits.data(), bits.size(), 0) != static_cast<ssize_t>(bits.size())) {
    throw std::runtime_error("the system gives no random bits");
  }
  std::string key;
  for (const unsigned char byte : bits) key += fmt::format("{:02x}", byte);
  return key;
}

std::size_t collect(char* bytes, std::size_t size, std::size_t count, void* into) {
  auto& body = *static_cast<std::string*>(into);
  if (body.size() + size * count > kAnswerBytesMost) return 0;
  body.append(bytes, size * count);
  return size * count;
}

std::string escaped(std::string_view text) {
  const std::unique_ptr<char, decltype(&curl_free)> value(
      curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size())), curl_free);
  return value ? value.get() : "";
}

[[noreturn]] void refuse(int status, const Json& json) {
  std::string detail = fmt::format("the control plane answered with status {}", status);
  std::vector<Blame> blames;
  if (json.is_object()) {
    if (const std::string said = text_at(json, "detail"); said != "-") detail = said;
    if (const auto errors = json.find("errors"); errors != json.end() && errors->is_array()) {
      for (const Json& error : *errors) {
        blames.push_back({text_at(error, "pointer"), text_at(error, "detail")});
      }
    }
  }
  throw RefusedError(status, detail, std::move(blames),
                     json.is_object() ? text_at(json, "type") : "");
}

}  // namespace

std::string name_of_pointer(const std::map<std::string, std::string>& names,
                            const std::string& pointer) {
  std::string part = pointer;
  while (!part.empty()) {
    if (const auto found = names.find(part); found != names.end()) return found->second;
    const std::size_t slash = part.rfind('/');
    part.resize(slash == std::string::npos ? 0 : slash);
  }
  return pointer;
}

std::string RefusedError::text(const std::map<std::string, std::string>& names) const {
  // The detail of a request that is wrong repeats the first of its errors.
  std::string detail = what();
  if (!blames_.empty() && detail == blames_[0].pointer + ": " + blames_[0].detail) {
    detail = blames_.size() == 1
                 ? name_of_pointer(names, blames_[0].pointer) + ": " + blames_[0].detail
                 : fmt::format("the request is refused: {} things are wrong", blames_.size());
    if (blames_.size() == 1) return printable("stargate: " + detail) + "\n";
  }
  std::string lines = printable("stargate: " + detail) + "\n";
  for (const Blame& blame : blames_) {
    lines +=
        printable(fmt::format("  {}: {}", name_of_pointer(names, blame.pointer), blame.detail));
    lines += "\n";
  }
  return lines;
}

struct Client::Sent {
  std::string path;
  std::string query;
  bool is_post = false;
  std::string body;
  std::string key;
};

Client::Client() {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  handle_ = curl_easy_init();
  if (handle_ == nullptr) throw std::runtime_error("libcurl cannot be started");
}

Client::~Client() { curl_easy_cleanup(handle_); }

Reply Client::get(const std::string& path, const Query& query) {
  Sent sent;
  sent.path = path;
  for (const auto& [name, value] : query) {
    sent.query += (sent.query.empty() ? "?" : "&") + escaped(name) + "=" + escaped(value);
  }
  return ask(sent);
}

Reply Client::post(const std::string& path, const Json& body) {
  Sent sent;
  sent.path = path;
  sent.is_post = true;
  if (!body.is_null()) sent.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  sent.key = random_key();
  return ask(sent);
}

Reply Client::ask(const Sent& sent) {
  const Clock::time_point give_up = Clock::now() + patience_;
  milliseconds pause{100};
  while (true) {
    std::string problem;
    try {
      const std::string base = address();
      Reply reply;
      std::array<char, CURL_ERROR_SIZE> words{};
      curl_slist* list = nullptr;
      const auto add = [&](const std::string& line) {
        list = curl_slist_append(list, line.c_str());
      };
      add("Authorization: Bearer " + token());
      add("Accept: application/json");
      add("Expect:");
      if (sent.is_post) {
        add("Content-Type: application/json");
        add("Idempotency-Key: " + sent.key);
      }
      const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
          list, curl_slist_free_all);
      CURL* curl = handle_;
      curl_easy_reset(curl);
      const std::string url = base + sent.path + sent.query;
      curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
      curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
      curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
      curl_easy_setopt(curl, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
      curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
      curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
      curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, kAnswerMs);
      curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words.data());
      curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
      curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply.body);
      const std::string authorities = variable("STARGATE_CA");
      if (!authorities.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, authorities.c_str());
      if (sent.is_post) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, sent.body.c_str());
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(sent.body.size()));
      }
      const CURLcode code = curl_easy_perform(curl);
      if (code == CURLE_OK) {
        long status = 0;
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        reply.status = static_cast<int>(status);
        reply.json = Json::parse(reply.body, nullptr, false);
        const bool may_pass = status == 503 || status == 408;
        if (status < 400) {
          if (!reply.json.is_discarded()) return reply;
          throw RefusedError(reply.status, base + " answers with no JSON, expected a control plane",
                             {});
        }
        if (!may_pass || Clock::now() + pause > give_up) refuse(reply.status, reply.json);
        problem = "it is too busy";
      } else {
        problem = fmt::format("cannot reach the control plane at {}: {}", base,
                              words[0] == '\0' ? curl_easy_strerror(code) : words.data());
        if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE) {
          throw UnreachableError(problem + " (STARGATE_CA names certificates to trust)");
        }
      }
    } catch (const UnreachableError& error) {
      // A control plane that is being restarted has no address for a moment.
      if (patience_ < std::chrono::seconds(10)) throw;
      problem = error.what();
    }
    if (Clock::now() + pause > give_up) throw UnreachableError(problem);
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, milliseconds{1'000});
  }
}

std::string path_of(std::string_view root, std::initializer_list<std::string_view> parts) {
  std::string path(root);
  for (const std::string_view part : parts) path += "/" + escaped(part);
  return path;
}

}  // namespace stargate::cli
