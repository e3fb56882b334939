#pragma once

#include <chrono>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace stargate::cli {

using Json = nlohmann::ordered_json;

/// What is wrong with one member of a request: its JSON pointer, or the name of a parameter.
struct Blame {
  std::string pointer;
  std::string detail;
};

/// The control plane answered that it does not do what was asked.
class RefusedError : public std::runtime_error {
 public:
  RefusedError(int status, const std::string& detail, std::vector<Blame> blames,
               std::string type = "")
      : std::runtime_error(detail),
        status_(status),
        type_(std::move(type)),
        blames_(std::move(blames)) {}

  int status() const { return status_; }
  /// The kind of problem, "/problems/invalid"; empty: none was said.
  const std::string& type() const { return type_; }
  const std::vector<Blame>& blames() const { return blames_; }
  /// "stargate: DETAIL", then a line for each blame; `names` are said instead of pointers.
  std::string text(const std::map<std::string, std::string>& names = {}) const;

 private:
  int status_;
  std::string type_;
  std::vector<Blame> blames_;
};

/// What was refused for values of options that can never be right: the verb was called wrongly.
class WrongOptionsError : public RefusedError {
 public:
  using RefusedError::RefusedError;
};

/// The control plane cannot be found or reached.
class UnreachableError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An answer of success.
struct Reply {
  int status = 0;
  std::string body;  ///< as it came
  Json json;
};

/// The name of a value in the list of a pointer, else of what holds it; the pointer itself: neither.
std::string name_of_pointer(const std::map<std::string, std::string>& names,
                            const std::string& pointer);

/// Asks a control plane. Where it is: STARGATE_ADDR, else the file `address` of the data folder
/// (STARGATE_DATA, else ./stargate-data); it is looked up again on each try. Who asks: STARGATE_TOKEN,
/// else the file that STARGATE_TOKEN_FILE names, else `admin.token` of the data folder. STARGATE_CA
/// names a file of certificates to trust instead of the system's.
///
/// What cannot be delivered is tried again until the patience is at its end. What changes something
/// carries a random Idempotency-Key, so that it is done once however often it is sent. Both calls throw
/// RefusedError and UnreachableError.
class Client {
 public:
  using Query = std::vector<std::pair<std::string, std::string>>;

  Client();
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void set_patience(std::chrono::milliseconds patience) { patience_ = patience; }

  Reply get(const std::string& path, const Query& query = {});
  /// A null body is none.
  Reply post(const std::string& path, const Json& body = nullptr);

 private:
  struct Sent;
  Reply ask(const Sent& sent);

  void* handle_;  ///< CURL*
  std::chrono::milliseconds patience_{2'000};
};

/// "/v1/jobs", "7", "cancel": "/v1/jobs/7/cancel"; what is not plain in a part is percent-encoded.
std::string path_of(std::string_view root, std::initializer_list<std::string_view> parts);

}  // namespace stargate::cli
