#include "sim/jobs_json.h"

#include <cstring>
#include <string>

#include <simdjson.h>

namespace stargate::sim {
namespace {

namespace od = simdjson::ondemand;

enum class Type { kNumber, kText, kNumberOrText, kTruth };

Type type_of(JobsKey key) {
  switch (key) {
    case JobsKey::kId:
    case JobsKey::kSubmit:
    case JobsKey::kEligible: return Type::kNumberOrText;
    case JobsKey::kTenant:
    case JobsKey::kQueue:
    case JobsKey::kLocality:
    case JobsKey::kKinds:
    case JobsKey::kSegmentLevel:
    case JobsKey::kModel: return Type::kText;
    case JobsKey::kAcceptsDegraded: return Type::kTruth;
    default: return Type::kNumber;
  }
}

const char* name_of(Type type) {
  switch (type) {
    case Type::kNumber: return "a number";
    case Type::kText: return "a string";
    case Type::kNumberOrText: return "a number or a string";
    case Type::kTruth: return "true or false";
  }
  return "?";
}

bool is_of_part(JobsKey key) {
  switch (key) {
    case JobsKey::kGpus:
    case JobsKey::kNodes:
    case JobsKey::kGpusPerNode:
    case JobsKey::kSegmentNodes:
    case JobsKey::kSegmentLevel:
    case JobsKey::kKinds: return true;
    default: return false;
  }
}

std::string_view trimmed(std::string_view token) {
  while (!token.empty() && (token.back() == ' ' || token.back() == '\t')) token.remove_suffix(1);
  return token;
}

/// Which keys of an object were seen, and where its "parts" stood.
struct Seen {
  std::uint32_t keys = 0;
  std::size_t parts_column = 0;
};

}  // namespace

class JobsJson::Impl {
 public:
  void parse(const LineReader& lines, JobsRecord& record, std::vector<JobsRecord>& parts) {
    lines_ = &lines;
    const std::string_view line = lines.line();
    if (buffer_.size() < line.size() + simdjson::SIMDJSON_PADDING) {
      buffer_.resize(2 * line.size() + simdjson::SIMDJSON_PADDING);
    }
    std::memcpy(buffer_.data(), line.data(), line.size());
    std::memset(buffer_.data() + line.size(), ' ', simdjson::SIMDJSON_PADDING);
    record = JobsRecord{};
    parts.clear();
    auto opened = parser_.iterate(buffer_.data(), line.size(), buffer_.size());
    if (opened.error() != simdjson::SUCCESS) fail(0, opened.error());
    od::document& document = opened.value_unsafe();
    od::object object;
    if (const auto error = document.get_object().get(object)) fail(where(document), error);
    Seen seen;
    for (auto field : object) {
      if (field.error() != simdjson::SUCCESS) fail(where(document), field.error());
      read_field(field.value_unsafe(), document, record, &parts, seen);
    }
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
      lines.fail(where(document), "found more after the object, expected the end of the line");
    }
    if (seen.parts_column != 0) {
      for (std::size_t i = 0; i < kJobsKeyCount; ++i) {
        if (is_of_part(static_cast<JobsKey>(i)) && (seen.keys >> i & 1) != 0) {
          lines.fail(record.fields[i], std::string(kJobsKeyNames[i]) + " in parts or outside");
        }
      }
    }
  }

 private:
  [[noreturn]] void fail(std::size_t column, simdjson::error_code error) const {
    lines_->fail(column, std::string("found no valid JSON object (") +
                             simdjson::error_message(error) + "), expected one a line");
  }

  std::size_t column_of(const char* place) const {
    return static_cast<std::size_t>(place - buffer_.data()) + 1;
  }

  std::size_t where(od::document& document) const {
    const char* place = nullptr;
    if (document.current_location().get(place) != simdjson::SUCCESS) return 0;
    const std::size_t column = column_of(place);
    return column <= lines_->line().size() + 1 ? column : 0;
  }

  void read_field(od::field field, od::document& document, JobsRecord& record,
                  std::vector<JobsRecord>* parts, Seen& seen) {
    const std::size_t column = column_of(field.key().raw()) - 1;
    std::string_view name;
    if (const auto error = field.unescaped_key().get(name)) fail(column, error);
    if (parts != nullptr && name == "parts") {
      if (seen.parts_column != 0) lines_->fail(Field{name, column}, "each key once");
      seen.parts_column = column;
      read_parts(field.value(), document, column, *parts);
      return;
    }
    const auto key = jobs_key_named(name);
    if (!key || (parts == nullptr && !is_of_part(*key))) {
      lines_->fail(Field{name, column}, parts == nullptr ? "a key of a part" : "a key of a job");
    }
    const std::uint32_t bit = 1U << static_cast<std::uint32_t>(*key);
    if ((seen.keys & bit) != 0) lines_->fail(Field{name, column}, "each key once");
    seen.keys |= bit;
    record[*key] = read_value(field.value(), *key, document);
  }

  Field read_value(od::value& value, JobsKey key, od::document& document) {
    const std::string_view token = trimmed(value.raw_json_token());
    const Field field{token, column_of(token.data())};
    const Type type = type_of(key);
    od::json_type found{};
    if (const auto error = value.type().get(found)) fail(where(document), error);
    const bool is_text = found == od::json_type::string;
    const bool fits = is_text ? type == Type::kText || type == Type::kNumberOrText
                      : found == od::json_type::number
                          ? type == Type::kNumber || type == Type::kNumberOrText
                          : found == od::json_type::boolean && type == Type::kTruth;
    if (!fits) {
      lines_->fail(field, std::string(name_of(type)) + " for " +
                              std::string(kJobsKeyNames[static_cast<std::size_t>(key)]));
    }
    if (is_text) {
      std::string_view text;
      if (const auto error = value.get_string().get(text)) fail(field.column, error);
      if (text.find('\0') != std::string_view::npos) {
        lines_->fail(field.column, "found a NUL character, expected text");
      }
      return {text, field.column};
    }
    if (found == od::json_type::boolean) {
      bool truth = false;
      if (const auto error = value.get_bool().get(truth)) fail(field.column, error);
      return {truth ? "true" : "false", field.column};
    }
    // The number's text is kept: it is read exactly, not as floating point.
    double unused = 0;
    if (const auto error = value.get_double().get(unused)) fail(field.column, error);
    return field;
  }

  void read_parts(od::value& value, od::document& document, std::size_t column,
                  std::vector<JobsRecord>& parts) {
    od::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) {
      lines_->fail(column, "found parts that are no array, expected an array of objects");
    }
    for (auto element : array) {
      od::object object;
      if (const auto error = element.get_object().get(object)) fail(where(document), error);
      JobsRecord& part = parts.emplace_back();
      for (Field& field : part.fields) field.column = column;
      Seen seen;
      for (auto field : object) {
        if (field.error() != simdjson::SUCCESS) fail(where(document), field.error());
        read_field(field.value_unsafe(), document, part, nullptr, seen);
      }
    }
    if (parts.empty()) lines_->fail(column, "found no parts, expected at least one");
  }

  od::parser parser_;
  std::string buffer_;
  const LineReader* lines_ = nullptr;
};

JobsJson::JobsJson() : impl_(std::make_unique<Impl>()) {}
JobsJson::~JobsJson() = default;

void JobsJson::parse(const LineReader& lines, JobsRecord& record, std::vector<JobsRecord>& parts) {
  impl_->parse(lines, record, parts);
}

}  // namespace stargate::sim
