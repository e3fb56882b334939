#include "server/problem.h"

#include <nlohmann/json.hpp>

namespace stargate::server {

Problem problem_of(int status, std::string type, std::vector<Fault> faults) {
  const Fault& first = faults.front();
  const std::string detail =
      (first.pointer.empty() ? "the body" : first.pointer) + ": " + first.detail;
  return Problem(status, std::move(type), detail, std::move(faults));
}

const char* title_of_status(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    default: return "";
  }
}

http::Answer answer_of(const Problem& problem) {
  nlohmann::ordered_json body;
  body["type"] = "/problems/" + problem.type();
  body["title"] = title_of_status(problem.status());
  body["status"] = problem.status();
  body["detail"] = problem.what();
  if (!problem.faults().empty()) {
    body["errors"] = nlohmann::ordered_json::array();
    for (const Fault& fault : problem.faults()) {
      body["errors"].push_back({{"pointer", fault.pointer}, {"detail", fault.detail}});
    }
  }
  http::Answer answer;
  answer.status = problem.status();
  answer.content_type = "application/problem+json";
  answer.body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  if (problem.status() == 401) answer.headers.push_back({"WWW-Authenticate", "Bearer"});
  return answer;
}

}  // namespace stargate::server
