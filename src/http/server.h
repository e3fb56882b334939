#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

// HTTP/1.1 for a few routes and many connections. Nothing of Boost is seen from outside.

namespace stargate::http {

struct Limits {
  std::uint64_t body_bytes_max = std::uint64_t{16} << 20;
  std::uint64_t arriving_bytes_max = std::uint64_t{1} << 30;  ///< bodies not complete yet, of all
  std::uint32_t header_bytes_max = 16 << 10;
  std::uint32_t connections_max = 20'000;
  Duration request_time_max = seconds(30);  ///< from its first byte to its last; of a TLS handshake
  Duration idle_time_max = seconds(120);    ///< between two requests
  Duration write_time_max = seconds(60);  ///< of an answer, or between two pieces of a stream taken
  std::uint64_t stream_backlog_bytes_max = std::uint64_t{4} << 20;
};

struct Options {
  std::string address = "127.0.0.1";  ///< IPv4 or IPv6 ("::1")
  std::uint16_t port = 0;             ///< 0: a free one
  std::string certificate_file;       ///< PEM; with `key_file`: TLS
  std::string key_file;
  unsigned threads = 1;
  Limits limits;
};

struct Header {
  std::string name;
  std::string value;
};

struct Request {
  std::string method;
  std::string path;                                        ///< decoded: "/v1/jobs/7"
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in order
  std::vector<Header> headers;                             ///< names in lower case
  std::string body;
  std::string peer;  ///< address

  /// Empty: there is none. `name` in lower case.
  std::string_view header(std::string_view name) const;
};

struct Answer {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<Header> headers;
};

/// An answer that goes on. For any thread. One that is destroyed without close() is cut off, so that the
/// client sees that something is missing.
class Stream {
 public:
  virtual ~Stream() = default;
  /// Sends a piece as it is. false: the other end is gone, or has not taken what was sent
  /// (Limits::stream_backlog_bytes_max) and is cut off; nothing is sent any more. A piece of any size is
  /// taken where all before it is sent.
  virtual bool send(std::string piece) = 0;
  /// Sent, and not taken by the system yet.
  virtual std::uint64_t backlog_bytes() const = 0;
  /// The other end is gone, or was cut off.
  virtual bool is_gone() const = 0;
  /// Ends it in order.
  virtual void close() = 0;
};

/// How a request is answered: by one call of one of the two, from any thread, now or later; a second one
/// does nothing. One that is destroyed without that answers 500. May outlive the server.
///
/// A HEAD request is answered as if it were a GET: the body stays here, and a stream is gone at once. An
/// answer that HTTP cannot carry (a status under 200, line ends in a header) becomes a 500.
class Responder {
 public:
  virtual ~Responder() = default;
  virtual void answer(Answer answer) = 0;
  /// Sends status and headers (chunked), and leaves the rest to the stream.
  virtual std::shared_ptr<Stream> stream(Answer head) = 0;
};

/// Called on a thread of the server, which it must not hold up. What it throws is answered 500. Where the
/// server has several threads, it is called by several at a time.
using Handler = std::function<void(Request request, std::shared_ptr<Responder> responder)>;
/// What is answered to what is no proper request (400, 408, 413, 417, 431, 503), or where a handler fails
/// (500). Called on any thread, by several at a time, as long as the server is there.
using ErrorAnswer = std::function<Answer(int status, std::string_view detail)>;

/// Listens from its construction on, answers from start() on. Throws std::runtime_error where it cannot
/// listen or read the certificate.
class Server {
 public:
  Server(Options options, Handler handler, ErrorAnswer error_answer);
  ~Server();  ///< stops at once. Not on a thread of its own
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;
  void start();
  /// Takes no new connections nor requests, finishes the answers that are under way for at most `within`,
  /// closes. Streams are waited for, too: end first those that do not end by themselves. No handler runs
  /// after it. Not to be called by a handler.
  void stop(Duration within = seconds(2));

  struct Counts {
    std::uint64_t connections = 0;  ///< open
    std::uint64_t connections_total = 0;
    std::uint64_t requests_total = 0;  ///< given to the handler
    std::uint64_t refused_total = 0;   ///< by a limit, or as no proper request
  };
  Counts counts() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stargate::http
