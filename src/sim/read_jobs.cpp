#include <utility>

#include "sim/csv_reader.h"
#include "sim/jobs_json.h"
#include "sim/jobs_record.h"
#include "sim/trace_formats.h"

namespace stargate::sim {
namespace {

class JobsCsvReader final : public TraceReader {
 public:
  JobsCsvReader(const TraceOptions& options, LineReader lines, TraceTables& tables)
      : TraceReader(options.verbose), csv_(std::move(lines)), builder_(tables) {
    csv_.refuse_columns_except(kJobsKeyNames);
    for (JobsKey key : {JobsKey::kId, JobsKey::kSubmit, JobsKey::kRun}) {
      csv_.required_column(kJobsKeyNames[static_cast<std::size_t>(key)]);
    }
    for (std::size_t key = 0; key < kJobsKeyCount; ++key) {
      if (const auto column = csv_.column(kJobsKeyNames[key])) {
        places_.push_back({key, *column});
      }
    }
  }

  bool next(TraceJob& job) override {
    while (csv_.next()) {
      for (const Place& place : places_) record_.fields[place.key] = csv_[place.column];
      const char* reason = builder_.build(csv_.lines(), record_, {}, job);
      if (reason == nullptr) return true;
      skip(reason, csv_.lines(), "job " + std::string(record_[JobsKey::kId].text));
    }
    return false;
  }

 private:
  struct Place {
    std::size_t key = 0;
    std::size_t column = 0;
  };

  CsvReader csv_;
  JobsBuilder builder_;
  std::vector<Place> places_;
  JobsRecord record_;
};

class JobsNdjsonReader final : public TraceReader {
 public:
  /// The current line is the first record.
  JobsNdjsonReader(const TraceOptions& options, LineReader lines, TraceTables& tables)
      : TraceReader(options.verbose), lines_(std::move(lines)), builder_(tables) {}

  bool next(TraceJob& job) override {
    for (;;) {
      if (!first_ && !lines_.next()) return false;
      first_ = false;
      if (lines_.line().find_first_not_of(" \t") == std::string_view::npos) continue;
      json_.parse(lines_, record_, parts_);
      const char* reason = builder_.build(lines_, record_, parts_, job);
      if (reason == nullptr) return true;
      skip(reason, lines_, "job " + std::string(record_[JobsKey::kId].text));
    }
  }

 private:
  LineReader lines_;
  JobsBuilder builder_;
  JobsJson json_;
  JobsRecord record_;
  std::vector<JobsRecord> parts_;
  bool first_ = true;
};

}  // namespace

std::unique_ptr<TraceReader> read_jobs(const TraceOptions& options, LineReader lines,
                                       TraceTables& tables) {
  std::size_t begin = std::string_view::npos;
  while (begin == std::string_view::npos && lines.next()) {
    begin = lines.line().find_first_not_of(" \t");
  }
  if (begin != std::string_view::npos && lines.line()[begin] == '{') {
    return std::make_unique<JobsNdjsonReader>(options, std::move(lines), tables);
  }
  return std::make_unique<JobsCsvReader>(options, std::move(lines), tables);
}

}  // namespace stargate::sim
