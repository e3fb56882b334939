#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "sim/line_reader.h"

namespace date {
class time_zone;
}

namespace stargate::sim {

// The values of Slurm's accounting as `sacct` prints them.

/// What a list of trackable resources ("cpu=64,gres/gpu=8,gres/gpu:h100=8,node=1") or of generic ones
/// ("gpu:8", "gpu:h100:4") names; nullopt for what it does not.
struct SacctSize {
  std::optional<std::uint32_t> gpus;
  std::optional<std::uint32_t> cpus;
  std::optional<std::uint32_t> nodes;
};

/// Reads AllocTRES and ReqTRES. GPUs of a type are added up only where no total without type is
/// given. Resources of other names are passed over. Throws InputError.
SacctSize parse_tres(const LineReader& at, const Field& field);
/// Reads AllocGRES.
SacctSize parse_gres(const LineReader& at, const Field& field);

/// Whether the text of a time stands for none: "", "Unknown", "None", "N/A".
bool is_no_sacct_time(std::string_view text);

/// Turns times of a zone into instants.
class SacctClock {
 public:
  /// A name of the time zone database. Throws InputError.
  explicit SacctClock(const std::string& time_zone);

  /// "YYYY-MM-DDTHH:MM:SS" in the zone, or seconds since the epoch. A time that the zone has twice
  /// (clocks go back) is the earlier, unless that lies before `not_before`; one that it has not
  /// (clocks go forward) is as far behind the gap's start. Throws InputError at the field.
  Instant parse(const LineReader& at, const Field& field, const char* expected,
                Instant not_before = {});

 private:
  const date::time_zone* zone_;
  // Times within [from, until) of the zone's own clock are offset_s ahead of UTC.
  std::int64_t from_s_ = 0;
  std::int64_t until_s_ = 0;
  std::int64_t offset_s_ = 0;
};

}  // namespace stargate::sim
