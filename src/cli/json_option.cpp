#include "cli/json_option.h"

#include <CLI/App.hpp>

#include "cli/standard_output.h"

namespace stargate::cli {

void JsonOption::add_to(CLI::App& verb) {
  option_ = verb.add_option("--json", path_)->expected(0, 1)->default_str("-");
}

void JsonOption::open() {
  if (option_->count() == 0) return;
  to_output_ = path_.empty() || path_ == "-";
  if (!to_output_) file_.emplace("--json", path_);
}

void JsonOption::write(const std::string& json) {
  if (to_output_) return print(json);
  if (!file_) return;
  file_->write(json);
  file_->commit();
}

}  // namespace stargate::cli
