#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "http/server.h"
#include "http/server_fixture.h"

namespace stargate::http {
namespace {

/// A key and a certificate signed by itself, in files that go with it.
class Certificate {
 public:
  Certificate() {
    std::string name = (std::filesystem::temp_directory_path() / "stargate-tls-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error(name + ": cannot be made");
    folder_ = name;
    key_ = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key_);
    X509_NAME* subject = X509_get_subject_name(certificate);
    const std::string host = "localhost";
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(host.data()), -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    X509_sign(certificate, key_, EVP_sha256());
    FILE* file = std::fopen(certificate_file().c_str(), "w");
    PEM_write_X509(file, certificate);
    std::fclose(file);
    file = std::fopen(key_file().c_str(), "w");
    PEM_write_PrivateKey(file, key_, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    X509_free(certificate);
  }
  ~Certificate() {
    EVP_PKEY_free(key_);
    std::filesystem::remove_all(folder_);
  }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  std::string certificate_file() const { return folder_ / "certificate.pem"; }
  std::string key_file() const { return folder_ / "key.pem"; }
  Options options() const {
    Options options;
    options.certificate_file = certificate_file();
    options.key_file = key_file();
    return options;
  }

 private:
  std::filesystem::path folder_;
  EVP_PKEY* key_;
};

class TlsClient {
 public:
  TlsClient(std::uint16_t port, const Certificate& trusted, int version_max = 0) : raw_(port) {
    context_ = SSL_CTX_new(TLS_client_method());
    SSL_CTX_load_verify_file(context_, trusted.certificate_file().c_str());
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_min_proto_version(context_, 0);
    SSL_CTX_set_max_proto_version(context_, version_max);
    SSL_CTX_set_security_level(context_, 0);
    tls_ = SSL_new(context_);
    SSL_set_fd(tls_, raw_.socket());
    is_connected_ = SSL_connect(tls_) == 1;
  }
  ~TlsClient() {
    SSL_free(tls_);
    SSL_CTX_free(context_);
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  bool is_connected() const { return is_connected_; }
  std::string version() const { return SSL_get_version(tls_); }
  RawClient& raw() { return raw_; }
  void send(std::string_view text) {
    ASSERT_EQ(SSL_write(tls_, text.data(), static_cast<int>(text.size())),
              static_cast<int>(text.size()));
  }
  std::string receive_bytes(std::size_t count) {
    while (received_.size() < count && receive()) {
    }
    std::string taken = received_.substr(0, count);
    received_.erase(0, count);
    return taken;
  }
  std::string receive_until(std::string_view end) {
    while (received_.find(end) == std::string::npos) {
      if (!receive()) return {};
    }
    return receive_bytes(received_.find(end) + end.size());
  }
  /// The other end says goodbye in order.
  bool has_ended() { return !receive() && SSL_get_shutdown(tls_) == SSL_RECEIVED_SHUTDOWN; }

 private:
  bool receive() {
    std::string part(16 << 10, '\0');
    const int got = SSL_read(tls_, part.data(), static_cast<int>(part.size()));
    if (got <= 0) return false;
    received_.append(part, 0, static_cast<std::size_t>(got));
    return true;
  }

  RawClient raw_;
  SSL_CTX* context_;
  SSL* tls_;
  bool is_connected_;
  std::string received_;
};

TEST(ServerTls, requests_and_answers_of_any_size_go_round) {
  const Certificate certificate;
  Server server(certificate.options(), echo, plain_error);
  server.start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(server.port(), certificate, version);
    ASSERT_TRUE(client.is_connected());
    for (const std::size_t size : {0U, 1U, 20'000U, 5'000'000U}) {
      const std::string body(size, 'b');
      client.send("POST /x HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(size) +
                  "\r\n\r\n");
      if (size > 0) client.send(body);
      EXPECT_NE(client.receive_until("\r\n\r\n"), "");
      EXPECT_EQ(client.receive_bytes(8), "POST /x|");
      EXPECT_TRUE(client.receive_bytes(size) == body);
    }
    client.send("GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    EXPECT_NE(client.receive_until("GET /|"), "");
    EXPECT_TRUE(client.has_ended());
  }
}

TEST(ServerTls, a_stream_and_pipelined_requests) {
  const Certificate certificate;
  Desk desk;
  Server server(certificate.options(), desk.handler(), plain_error);
  server.start();
  TlsClient client(server.port(), certificate);
  client.send("GET /1 HTTP/1.1\r\nHost: test\r\n\r\nGET /2 HTTP/1.1\r\nHost: test\r\n\r\n");
  const auto stream = desk.take().responder->stream(text_answer({}));
  desk.take().responder->answer(text_answer("second"));
  const std::string piece(1'000'000, 'p');
  EXPECT_TRUE(stream->send("one"));
  EXPECT_TRUE(stream->send(piece));
  stream->close();
  EXPECT_NE(client.receive_until("3\r\none\r\nf4240\r\n"), "");
  EXPECT_TRUE(client.receive_bytes(piece.size()) == piece);
  EXPECT_EQ(client.receive_until("0\r\n\r\n"), "\r\n0\r\n\r\n");
  EXPECT_NE(client.receive_until("second"), "");
}

TEST(ServerTls, old_versions_are_refused) {
  const Certificate certificate;
  Server server(certificate.options(), echo, plain_error);
  server.start();
  const TlsClient client(server.port(), certificate, TLS1_1_VERSION);
  EXPECT_FALSE(client.is_connected());
}

TEST(ServerTls, plain_http_is_closed_and_others_go_on) {
  const Certificate certificate;
  Server server(certificate.options(), echo, plain_error);
  server.start();
  RawClient plain(server.port());
  plain.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_TRUE(plain.is_closed_within(kPatience));
  TlsClient client(server.port(), certificate);
  client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_NE(client.receive_until("GET /|"), "");
  EXPECT_EQ(server.counts().requests_total, 1U);
}

TEST(ServerTls, a_handshake_that_stays_away_is_given_up) {
  const Certificate certificate;
  Options options = certificate.options();
  options.limits.request_time_max = milliseconds(100);
  Server server(options, echo, plain_error);
  server.start();
  RawClient silent(server.port());
  EXPECT_TRUE(silent.is_closed_within(kPatience));
}

TEST(ServerTls, a_client_that_goes_without_a_word_harms_nobody) {
  const Certificate certificate;
  Desk desk;
  Server server(certificate.options(), desk.handler(), plain_error);
  server.start();
  std::shared_ptr<Stream> stream;
  {
    TlsClient client(server.port(), certificate);
    client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
    stream = desk.take().responder->stream(text_answer({}));
  }
  EXPECT_TRUE(becomes_true([&] { return !stream->send("x"); }));
  EXPECT_TRUE(becomes_true([&] { return server.counts().connections == 0; }));
}

std::string fault_of(const Options& options) {
  try {
    const Server server(options, echo, plain_error);
    return {};
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

TEST(ServerTls, bad_files_are_errors_that_name_them) {
  const Certificate certificate;
  const Certificate other;
  Options options = certificate.options();
  EXPECT_EQ(fault_of(options), "");
  options.key_file = other.key_file();
  EXPECT_EQ(fault_of(options).find(other.key_file() + ": "), 0U);
  options.key_file = "/nonexistent/key.pem";
  EXPECT_EQ(fault_of(options).find("/nonexistent/key.pem: expected the certificate's key (PEM)"),
            0U);
  options.key_file.clear();
  EXPECT_EQ(fault_of(options), "TLS needs both a certificate and its key: expected a key file");
  options = certificate.options();
  std::ofstream(options.certificate_file) << "no certificate";
  EXPECT_EQ(fault_of(options).find(options.certificate_file + ": expected a certificate (PEM)"),
            0U);
}

}  // namespace
}  // namespace stargate::http
