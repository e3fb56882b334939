#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include <sys/uio.h>

struct ssl_ctx_st;
struct ssl_st;

namespace stargate::http {

/// A certificate and its key. Throws std::runtime_error, which names the file, where they cannot be used.
class TlsContext {
 public:
  TlsContext(const std::string& certificate_file, const std::string& key_file);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  ssl_ctx_st* get() const { return context_; }

 private:
  ssl_ctx_st* context_;
};

/// Bytes to and from a non-blocking socket, as they are or by TLS. Does not own the socket.
class Transport {
 public:
  enum class State {
    kDone,
    kWantsRead,   ///< try again when there is something to read
    kWantsWrite,  ///< try again when something can be written
    kEnded,       ///< the other end sends no more
    kFailed,
  };
  struct Outcome {
    State state = State::kDone;
    std::size_t bytes = 0;
  };

  /// Null: no TLS.
  Transport(int socket, const TlsContext* tls);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// Done at once without TLS.
  State handshake();
  Outcome read(std::span<char> into);
  /// The first of the parts may have been written in part.
  Outcome write(std::span<const iovec> parts);
  /// Says that nothing more will be written.
  void end_writing();

 private:
  State state_of(int result) const;

  int socket_;
  ssl_st* tls_ = nullptr;
  bool is_handshaken_ = false;
};

}  // namespace stargate::http
