#pragma once

#include <boost/beast/http/basic_parser.hpp>

#include "http/net.h"
#include "http/server.h"

namespace stargate::http {

/// Fills a Request with what is put in. Bodies of any length that the limits allow are kept whole.
class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  explicit RequestParser(const Limits& limits);

  /// Takes what it can from the front of `text`, which continues what was left the last time, and
  /// returns how much that was. Ends when the request is complete, when it needs more, or at a fault.
  std::size_t take(std::string_view text);

  bool is_complete() const { return status_ == 0 && is_done(); }
  /// Its header is there, and its sender waits for "100 Continue" before the body.
  bool awaits_continue() const { return awaits_continue_ && is_header_done() && !is_done(); }
  /// 0: none. Otherwise what to answer, and nothing more can be taken.
  int fault_status() const { return status_; }
  const std::string& fault() const { return fault_; }

  bool is_head() const { return request_.method == "HEAD"; }
  bool is_http11() const { return version_ == 11; }
  Request& request() { return request_; }
  std::size_t body_bytes() const { return request_.body.size(); }

 private:
  using Text = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb verb, Text method, Text target, int version,
                       Error& error) override;
  void on_response_impl(int status, Text reason, int version, Error& error) override;
  void on_field_impl(boost::beast::http::field field, Text name, Text value, Error& error) override;
  void on_header_impl(Error& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, Error& error) override;
  std::size_t on_body_impl(Text text, Error& error) override;
  void on_chunk_header_impl(std::uint64_t size, Text extensions, Error& error) override;
  std::size_t on_chunk_body_impl(std::uint64_t remain, Text text, Error& error) override;
  void on_finish_impl(Error& error) override;

  void refuse(int status, std::string detail, Error& error);
  void refuse_header(Error& error);

  Request request_;
  std::string fault_;
  std::size_t header_bytes_max_;
  std::size_t header_bytes_ = 0;
  int status_ = 0;
  int version_ = 0;
  unsigned hosts_ = 0;
  unsigned lengths_ = 0;
  bool awaits_continue_ = false;
  bool is_in_body_ = false;
};

}  // namespace stargate::http
