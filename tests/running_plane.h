#pragma once

#include <string>

#include <nlohmann/json.hpp>
#include <sys/types.h>

namespace stargate::end_to_end {

/// What came of a request; 0: no answer came.
struct Reply {
  int status = 0;
  std::string text;
  nlohmann::json json() const { return nlohmann::json::parse(text, nullptr, false); }
};

/// A control plane in a process of its own, on a port that it chose.
class RunningPlane {
 public:
  /// Starts it on the folder and waits until it answers.
  explicit RunningPlane(const std::string& data_folder);
  ~RunningPlane();  ///< kills it
  RunningPlane(const RunningPlane&) = delete;
  RunningPlane& operator=(const RunningPlane&) = delete;

  /// SIGKILL, and waits until it is gone.
  void kill();
  /// SIGTERM; returns its exit status.
  int stop();

  const std::string& address() const { return address_; }
  const std::string& token() const { return token_; }

  Reply get(const std::string& path) const { return request("GET", path, "", ""); }
  Reply post(const std::string& path, const nlohmann::json& body,
             const std::string& key = {}) const {
    return request("POST", path, body.dump(), key);
  }

 private:
  Reply request(const char* method, const std::string& path, const std::string& body,
                const std::string& key) const;

  pid_t pid_ = -1;
  int out_ = -1;  ///< what it prints
  std::string address_;
  std::string token_;
};

}  // namespace stargate::end_to_end
