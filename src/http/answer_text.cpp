#include "http/answer_text.h"

#include <array>
#include <charconv>
#include <ctime>
#include <string_view>
#include <utility>

#include <boost/beast/http/status.hpp>

#include "http/net.h"

namespace stargate::http {

namespace {

constexpr std::size_t kCopiedBytesMax = 16 << 10;

bool has_body(int status) { return status != 204 && status != 304; }

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  if (text.empty()) return false;
  for (const char c : text) {
    const bool is_letter = ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z');
    const bool is_digit = '0' <= c && c <= '9';
    if (!is_letter && !is_digit && kMarks.find(c) == std::string_view::npos) return false;
  }
  return true;
}

bool is_value(std::string_view text) {
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) return false;
  }
  return true;
}

/// Of this second (RFC 9110, 5.6.7).
std::string_view date_text() {
  struct Cache {
    std::time_t at = -1;
    std::array<char, 32> text{};
    std::size_t size = 0;
  };
  thread_local Cache cache;
  const std::time_t now = std::time(nullptr);
  if (now != cache.at) {
    static constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed",
                                                      "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm parts{};
    gmtime_r(&now, &parts);
    // Not by strftime: names of days and months follow the locale there.
    const int size =
        std::snprintf(cache.text.data(), cache.text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                      kDays.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
                      kMonths.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900,
                      parts.tm_hour, parts.tm_min, parts.tm_sec);
    cache.size = static_cast<std::size_t>(size);
    cache.at = now;
  }
  return {cache.text.data(), cache.size};
}

void append_number(std::string& to, std::uint64_t number, int base) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
  to.append(digits.data(), end);
}

void append_line(std::string& to, std::string_view name, std::string_view value) {
  to += name;
  to += ": ";
  to += value;
  to += "\r\n";
}

/// All but the length of the body and the empty line.
std::string start_of_head(const Answer& answer, AnswerForm form, std::size_t reserved_bytes) {
  std::string text;
  text.reserve(256 + reserved_bytes);
  text += "HTTP/1.1 ";
  append_number(text, static_cast<std::uint64_t>(answer.status), 10);
  text += ' ';
  const auto reason =
      boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(answer.status));
  text.append(reason.data(), reason.size());
  text += "\r\n";
  append_line(text, "Date", date_text());
  if (has_body(answer.status) && !answer.content_type.empty()) {
    append_line(text, "Content-Type", answer.content_type);
  }
  if (!form.is_kept_alive) {
    text += "Connection: close\r\n";
  } else if (!form.is_http11) {
    text += "Connection: keep-alive\r\n";
  }
  for (const Header& header : answer.headers) append_line(text, header.name, header.value);
  return text;
}

}  // namespace

std::string answer_fault(const Answer& answer) {
  if (answer.status < 200 || answer.status > 999) {
    return "status " + std::to_string(answer.status) + ": expected 200 to 999";
  }
  if (!is_value(answer.content_type)) return "a control character in the content type";
  for (const Header& header : answer.headers) {
    if (!is_token(header.name)) return "a header's name is no token";
    if (!is_value(header.value)) return "a control character in header " + header.name;
  }
  return {};
}

AnswerText answer_text(Answer answer, AnswerForm form) {
  AnswerText text;
  const bool sends_body = has_body(answer.status) && !form.is_head;
  const bool is_copied = sends_body && answer.body.size() <= kCopiedBytesMax;
  text.first = start_of_head(answer, form, is_copied ? answer.body.size() : 0);
  if (has_body(answer.status)) {
    text.first += "Content-Length: ";
    append_number(text.first, answer.body.size(), 10);
    text.first += "\r\n";
  }
  text.first += "\r\n";
  if (is_copied) {
    text.first += answer.body;
  } else if (sends_body) {
    text.rest = std::move(answer.body);
  }
  return text;
}

std::string stream_head_text(const Answer& head, AnswerForm form) {
  std::string text = start_of_head(head, form, 0);
  if (form.is_http11 && has_body(head.status)) text += "Transfer-Encoding: chunked\r\n";
  text += "\r\n";
  return text;
}

AnswerText chunk_text(std::string piece, AnswerForm form) {
  AnswerText text;
  if (!form.is_http11) {
    text.first = std::move(piece);
    return text;
  }
  const bool is_copied = piece.size() <= kCopiedBytesMax;
  text.first.reserve(is_copied ? piece.size() + 12 : 12);
  append_number(text.first, piece.size(), 16);
  text.first += "\r\n";
  if (is_copied) {
    text.first += piece;
    text.first += "\r\n";
  } else {
    text.rest = std::move(piece);
    text.rest += "\r\n";
  }
  return text;
}

std::string last_chunk_text(AnswerForm form) { return form.is_http11 ? "0\r\n\r\n" : ""; }

}  // namespace stargate::http
