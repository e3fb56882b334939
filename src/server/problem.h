#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "http/server.h"

namespace stargate::server {

/// What is wrong with one member of a request.
struct Fault {
  std::string pointer;  ///< RFC 6901: "/gpus"; of a parameter: its name
  std::string detail;   ///< what was found, what was expected
};

/// A request that is not carried out (RFC 9457). `type` is the last part of its address, a word that
/// programs can rely on: "not_found".
class Problem : public std::runtime_error {
 public:
  Problem(int status, std::string type, const std::string& detail, std::vector<Fault> faults = {})
      : std::runtime_error(detail),
        status_(status),
        type_(std::move(type)),
        faults_(std::move(faults)) {}

  int status() const { return status_; }
  const std::string& type() const { return type_; }
  const std::vector<Fault>& faults() const { return faults_; }

 private:
  int status_;
  std::string type_;
  std::vector<Fault> faults_;
};

/// One for members that do not fit; tells of the first. REQUIRES: there are faults.
Problem problem_of(int status, std::string type, std::vector<Fault> faults);

/// "Not Found"; empty for a status that this server does not use.
const char* title_of_status(int status);

/// application/problem+json.
http::Answer answer_of(const Problem& problem);

}  // namespace stargate::server
