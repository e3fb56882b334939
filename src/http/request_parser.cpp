#include "http/request_parser.h"

#include <algorithm>
#include <utility>

#include <boost/beast/http/error.hpp>

#include "http/url.h"

namespace stargate::http {

namespace {

namespace beast = boost::beast::http;

constexpr std::size_t kReservedBodyBytesMax = 1 << 20;

char lower(char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

RequestParser::RequestParser(const Limits& limits) : header_bytes_max_(limits.header_bytes_max) {
  header_limit(limits.header_bytes_max);
  body_limit(limits.body_bytes_max);
  eager(true);
}

std::size_t RequestParser::take(std::string_view text) {
  Error error;
  const std::size_t taken = put(asio::const_buffer(text.data(), text.size()), error);
  if (status_ != 0) return taken;
  if (error == beast::error::need_more) {
    // Lines of chunks and trailers have no limit of their own.
    if (text.size() - taken > header_bytes_max_)
      refuse(431, "a header or chunk is too long", error);
  } else if (error == beast::error::header_limit) {
    refuse_header(error);
  } else if (error == beast::error::body_limit) {
    refuse(413, "the body is too large", error);
  } else if (error) {
    refuse(400, error.message(), error);
  }
  return taken;
}

void RequestParser::refuse(int status, std::string detail, Error& error) {
  status_ = status;
  fault_ = std::move(detail);
  error = beast::error::bad_value;
}

void RequestParser::refuse_header(Error& error) {
  refuse(431, "the header has more than " + std::to_string(header_bytes_max_) + " bytes", error);
}

void RequestParser::on_request_impl(beast::verb /*verb*/, Text method, Text target, int version,
                                    Error& error) {
  version_ = version;
  request_.method.assign(method.data(), method.size());
  if (request_.method == "OPTIONS" && target == "*") {
    request_.path = "*";
    return;
  }
  auto parsed = http::parse_target({target.data(), target.size()});
  if (!parsed) {
    return refuse(400, "the path or query has a character or escape that is not allowed", error);
  }
  request_.path = std::move(parsed->path);
  request_.query = std::move(parsed->query);
  request_.headers.reserve(8);
}

void RequestParser::on_response_impl(int /*status*/, Text /*reason*/, int /*version*/,
                                     Error& /*error*/) {}

void RequestParser::on_field_impl(beast::field field, Text name, Text value, Error& error) {
  if (is_in_body_) return;  // a trailer
  // What is put in piece by piece escapes Beast's own limit.
  header_bytes_ += name.size() + value.size() + 4;
  if (header_bytes_ > header_bytes_max_) return refuse_header(error);
  const std::string_view text(value.data(), value.size());
  if (field == beast::field::host) {
    if (++hosts_ > 1) return refuse(400, "more than one Host", error);
  } else if (field == beast::field::content_length) {
    if (++lengths_ > 1 || text.find(',') != std::string_view::npos) {
      return refuse(400, "more than one Content-Length", error);
    }
  } else if (field == beast::field::transfer_encoding) {
    if (!is_same_word(text, "chunked") || version_ < 11) {
      return refuse(400, "Transfer-Encoding: expected \"chunked\", and HTTP/1.1", error);
    }
  } else if (field == beast::field::expect) {
    if (!is_same_word(text, "100-continue")) {
      return refuse(417, "Expect: expected \"100-continue\"", error);
    }
    awaits_continue_ = version_ >= 11;
  }
  Header& header = request_.headers.emplace_back();
  header.name.resize(name.size());
  std::transform(name.begin(), name.end(), header.name.begin(), lower);
  header.value = text;
}

void RequestParser::on_header_impl(Error& error) {
  is_in_body_ = true;
  if (version_ >= 11 && hosts_ == 0) refuse(400, "Host is missing", error);
}

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& length,
                                      Error& /*error*/) {
  if (length) request_.body.reserve(std::min<std::size_t>(*length, kReservedBodyBytesMax));
}

std::size_t RequestParser::on_body_impl(Text text, Error& /*error*/) {
  request_.body.append(text.data(), text.size());
  return text.size();
}

void RequestParser::on_chunk_header_impl(std::uint64_t /*size*/, Text /*extensions*/,
                                         Error& /*error*/) {}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t /*remain*/, Text text,
                                              Error& /*error*/) {
  request_.body.append(text.data(), text.size());
  return text.size();
}

void RequestParser::on_finish_impl(Error& /*error*/) {}

}  // namespace stargate::http
