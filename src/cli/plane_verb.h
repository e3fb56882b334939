#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "cli/client.h"

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}  // namespace CLI

namespace stargate::cli {

class Columns;

/// Exit statuses of verbs that ask a control plane.
inline constexpr int kRefused = 1;
inline constexpr int kWrongOptions = 2;
inline constexpr int kUnreachable = 3;

/// A verb whose help is the given text.
CLI::App* add_verb(CLI::App& app, const std::string& name, const char* help);

/// The number of a job, an approval or a token, from its text: `noun` names it in what is thrown
/// (UsageError).
std::uint64_t parse_number(const std::string& noun, const std::string& text);

/// Posts members that were given as options; what is refused is said with their names: "--signed-by" for
/// "/signed_by", unless `names` has another for the member. Throws WrongOptionsError, beside what
/// Client throws, where values are of no use to any control plane.
Reply post_options(Client& client, const std::string& path, const Json& body,
                   const std::map<std::string, std::string>& names = {});

/// An answer as it came, with a line end.
void print_json(const Reply& reply);
/// Lines that fit the output: the first begins with `first`, the others with blanks.
std::string paragraph(const std::string& text, const std::string& first = "");
/// The table; the sentence instead where it has no rows.
void print_table(const Columns& columns, bool is_empty, const std::string& sentence);

}  // namespace stargate::cli
