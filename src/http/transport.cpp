#include "http/transport.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace stargate::http {

namespace {

[[noreturn]] void refuse(const std::string& file, const char* what) {
  std::array<char, 256> reason{};
  ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
  ERR_clear_error();
  throw std::runtime_error(file + ": " + what + ": " + reason.data());
}

bool is_retry(int error) { return error == EAGAIN || error == EINTR; }

// OpenSSL's own socket BIO raises SIGPIPE where the other end is gone; this one does not.

int socket_of(BIO* bio) { return *static_cast<const int*>(BIO_get_data(bio)); }

int bio_write(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t sent =
      ::send(socket_of(bio), bytes, static_cast<std::size_t>(std::max(size, 0)), MSG_NOSIGNAL);
  if (sent < 0 && is_retry(errno)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int bio_read(BIO* bio, char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t got = ::recv(socket_of(bio), bytes, static_cast<std::size_t>(std::max(size, 0)), 0);
  if (got < 0 && is_retry(errno)) BIO_set_retry_read(bio);
  return static_cast<int>(got);
}

long bio_control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* socket_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    if (made == nullptr) throw std::bad_alloc();
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_ctrl(made, bio_control);
    return made;
  }();
  return method;
}

}  // namespace

TlsContext::TlsContext(const std::string& certificate_file, const std::string& key_file)
    : context_(SSL_CTX_new(TLS_server_method())) {
  if (context_ == nullptr) throw std::bad_alloc();
  try {
    SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
    SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                   SSL_MODE_RELEASE_BUFFERS);
    if (SSL_CTX_use_certificate_chain_file(context_, certificate_file.c_str()) != 1) {
      refuse(certificate_file, "expected a certificate (PEM)");
    }
    if (SSL_CTX_use_PrivateKey_file(context_, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
      refuse(key_file, "expected the certificate's key (PEM)");
    }
    if (SSL_CTX_check_private_key(context_) != 1) {
      refuse(key_file, "not the key of the certificate");
    }
  } catch (...) {
    SSL_CTX_free(context_);
    throw;
  }
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

Transport::Transport(int socket, const TlsContext* tls) : socket_(socket) {
  if (tls == nullptr) return;
  tls_ = SSL_new(tls->get());
  BIO* bio = BIO_new(socket_method());
  if (tls_ == nullptr || bio == nullptr) {
    SSL_free(tls_);
    BIO_free(bio);
    throw std::bad_alloc();
  }
  BIO_set_data(bio, &socket_);
  BIO_set_init(bio, 1);
  SSL_set_bio(tls_, bio, bio);
  SSL_set_accept_state(tls_);
}

Transport::~Transport() { SSL_free(tls_); }

Transport::State Transport::state_of(int result) const {
  switch (SSL_get_error(tls_, result)) {
    case SSL_ERROR_NONE: return State::kDone;
    case SSL_ERROR_WANT_READ: return State::kWantsRead;
    case SSL_ERROR_WANT_WRITE: return State::kWantsWrite;
    case SSL_ERROR_ZERO_RETURN: return State::kEnded;
    default: ERR_clear_error(); return State::kFailed;
  }
}

Transport::State Transport::handshake() {
  if (tls_ == nullptr || is_handshaken_) return State::kDone;
  ERR_clear_error();
  const State state = state_of(SSL_do_handshake(tls_));
  is_handshaken_ = state == State::kDone;
  return state;
}

Transport::Outcome Transport::read(std::span<char> into) {
  if (tls_ != nullptr) {
    ERR_clear_error();
    std::size_t bytes = 0;
    const int result = SSL_read_ex(tls_, into.data(), into.size(), &bytes);
    return {result == 1 ? State::kDone : state_of(result), bytes};
  }
  const ssize_t got = ::recv(socket_, into.data(), into.size(), 0);
  if (got > 0) return {State::kDone, static_cast<std::size_t>(got)};
  if (got == 0) return {State::kEnded, 0};
  return {is_retry(errno) ? State::kWantsRead : State::kFailed, 0};
}

Transport::Outcome Transport::write(std::span<const iovec> parts) {
  if (tls_ != nullptr) {
    ERR_clear_error();
    std::size_t bytes = 0;
    const int result = SSL_write_ex(tls_, parts.front().iov_base, parts.front().iov_len, &bytes);
    return {result == 1 ? State::kDone : state_of(result), bytes};
  }
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts.data());  // NOLINT: sendmsg changes none
  message.msg_iovlen = parts.size();
  const ssize_t sent = ::sendmsg(socket_, &message, MSG_NOSIGNAL);
  if (sent >= 0) return {State::kDone, static_cast<std::size_t>(sent)};
  return {is_retry(errno) ? State::kWantsWrite : State::kFailed, 0};
}

void Transport::end_writing() {
  if (tls_ != nullptr && is_handshaken_) {
    ERR_clear_error();
    SSL_shutdown(tls_);
    ERR_clear_error();
  }
  ::shutdown(socket_, SHUT_WR);
}

}  // namespace stargate::http
