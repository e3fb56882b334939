#include "executor/order.h"

#include <stdexcept>

#include <nlohmann/json.hpp>

namespace stargate::executor {
namespace {

using Json = nlohmann::json;

constexpr int kIndent = 1;

Json parse(const std::string& text) {
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    throw std::runtime_error(error.what());
  }
}

Outcome outcome_of(const std::string& name) {
  for (int i = 0; i <= static_cast<int>(Outcome::kLost); ++i) {
    const auto outcome = static_cast<Outcome>(i);
    if (name == name_of(outcome)) return outcome;
  }
  throw std::runtime_error("outcome '" + name + "' is not known");
}

}  // namespace

std::string order_text(const Order& order) {
  const Json json{{"job", order.job.value},
                  {"epoch", order.epoch},
                  {"gang", order.gang},
                  {"boot_id", order.boot_id},
                  {"cgroup", order.cgroup},
                  {"wake", order.wake},
                  {"devices", order.devices},
                  {"argv", order.argv},
                  {"sandbox", order.sandbox},
                  {"directory", order.directory},
                  {"environment", order.environment},
                  {"ranks", order.ranks},
                  {"time_limit_us", order.time_limit.us},
                  {"grace_us", order.grace.us},
                  {"warning_signal", order.warning_signal},
                  {"memory_bytes_max", order.memory_bytes_max}};
  try {
    return json.dump(kIndent);
  } catch (const Json::exception& error) {
    throw std::runtime_error(error.what());
  }
}

Order read_order(const std::string& text) {
  const Json json = parse(text);
  try {
    Order order;
    order.job.value = json.at("job").get<std::uint64_t>();
    order.epoch = json.at("epoch").get<std::uint64_t>();
    order.gang = json.at("gang").get<std::string>();
    order.boot_id = json.at("boot_id").get<std::string>();
    order.cgroup = json.at("cgroup").get<std::string>();
    order.wake = json.at("wake").get<std::string>();
    order.devices = json.value("devices", std::vector<std::string>());
    order.argv = json.at("argv").get<std::vector<std::string>>();
    order.sandbox = json.value("sandbox", std::vector<std::string>());
    order.directory = json.at("directory").get<std::string>();
    order.environment = json.at("environment").get<Environment>();
    order.ranks = json.at("ranks").get<std::vector<Environment>>();
    order.time_limit.us = json.at("time_limit_us").get<std::int64_t>();
    order.grace.us = json.at("grace_us").get<std::int64_t>();
    order.warning_signal = json.at("warning_signal").get<int>();
    order.memory_bytes_max = json.at("memory_bytes_max").get<std::uint64_t>();
    return order;
  } catch (const Json::exception& error) {
    throw std::runtime_error(error.what());
  }
}

std::vector<std::string> assignments_of(const Environment& environment) {
  std::vector<std::string> assignments;
  for (const auto& [name, value] : environment) {
    std::string& assignment = assignments.emplace_back(name);
    assignment += '=';
    assignment += value;
  }
  return assignments;
}

std::string report_text(const Report& report) {
  const Json json{{"job", report.job.value},
                  {"epoch", report.epoch},
                  {"outcome", name_of(report.outcome)},
                  {"at_us", report.at.us},
                  {"exit_status", report.exit_status},
                  {"rank", report.rank},
                  {"detail", report.detail}};
  return json.dump(kIndent, ' ', false, Json::error_handler_t::replace);
}

Report read_report(const std::string& text) {
  const Json json = parse(text);
  try {
    Report report;
    report.job.value = json.at("job").get<std::uint64_t>();
    report.epoch = json.at("epoch").get<std::uint64_t>();
    report.outcome = outcome_of(json.at("outcome").get<std::string>());
    report.at.us = json.at("at_us").get<std::int64_t>();
    report.exit_status = json.at("exit_status").get<int>();
    report.rank = json.at("rank").get<int>();
    report.detail = json.at("detail").get<std::string>();
    return report;
  } catch (const Json::exception& error) {
    throw std::runtime_error(error.what());
  }
}

}  // namespace stargate::executor
