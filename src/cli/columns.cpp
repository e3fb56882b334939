#include "cli/columns.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <numeric>
#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

#include "explain/paragraph.h"

namespace stargate::cli {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kLeastWidth = 40;
constexpr std::size_t kLeastCell = 8;

/// At most so many characters; the last is "…" where some are left out.
std::string cut(const std::string& text, std::size_t width) {
  if (explain::width_of(text) <= width) return text;
  std::string kept;
  std::size_t count = 0;
  for (const char c : text) {
    const bool begins = (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    if (begins && ++count >= width) break;
    kept += c;
  }
  return kept + "…";
}

std::size_t total(const std::vector<std::size_t>& widths) {
  const std::size_t gaps = widths.empty() ? 0 : (widths.size() - 1) * kGap;
  return std::accumulate(widths.begin(), widths.end(), gaps);
}

}  // namespace

bool output_is_terminal() { return isatty(STDOUT_FILENO) == 1; }

std::size_t columns_of_output() {
  if (const char* set = std::getenv("COLUMNS")) {
    const std::string_view text(set);
    std::size_t width = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), width);
    if (error == std::errc() && end == text.data() + text.size() && width > 0) {
      return std::max(width, kLeastWidth);
    }
  }
  if (!output_is_terminal()) return 0;
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return explain::kColumns;
  return std::max<std::size_t>(size.ws_col, kLeastWidth);
}

std::string printable(std::string_view text) {
  std::string kept;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_c1 =
        byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (byte < 0x20 || byte == 0x7F || is_c1) {
      kept += byte == '\n' || byte == '\t' ? ' ' : '?';
      if (is_c1) ++i;
    } else {
      kept += text[i];
    }
  }
  return kept;
}

std::string shell_word(std::string_view word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(word);
  }
  std::string text = "'";
  for (const char c : printable(word)) {
    if (c == '\'') {
      text += "'\\''";
    } else {
      text += c;
    }
  }
  return text + "'";
}

void Columns::add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

std::string Columns::text(std::size_t width) const {
  std::vector<std::size_t> shown;
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t widest = explain::width_of(columns_[i].title);
    for (const auto& row : rows_) widest = std::max(widest, explain::width_of(row[i]));
    shown.push_back(i);
    widths.push_back(widest);
  }
  // 1. The last column may be cut to some room; 2. columns are left out by their rank; 3. what is
  // still too wide is cut where it is widest.
  constexpr std::size_t kLastLeast = 24;
  const auto wanted = [&] {
    return total(widths) - widths.back() + std::min(widths.back(), kLastLeast);
  };
  while (width > 0 && wanted() > width) {
    const auto first =
        std::ranges::max_element(shown, {}, [&](std::size_t i) { return columns_[i].rank; });
    if (columns_[*first].rank == 0) break;
    widths.erase(widths.begin() + (first - shown.begin()));
    shown.erase(first);
  }
  if (width > 0 && total(widths) > width) {
    const std::size_t over = total(widths) - width;
    const std::size_t least = std::min(widths.back(), kLastLeast);
    widths.back() -= std::min(over, widths.back() - least);
  }
  while (width > 0 && total(widths) > width) {
    const auto widest = std::ranges::max_element(widths);
    if (*widest <= kLeastCell) break;
    --*widest;
  }
  std::string out;
  const auto put = [&](const auto& cell_of) {
    std::string line;
    for (std::size_t k = 0; k < shown.size(); ++k) {
      const std::string cell = cut(cell_of(shown[k]), widths[k]);
      const std::string blank(widths[k] - explain::width_of(cell), ' ');
      line += columns_[shown[k]].is_right ? blank + cell : cell + blank;
      line += std::string(kGap, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  };
  put([&](std::size_t i) { return columns_[i].title; });
  for (const auto& row : rows_) put([&](std::size_t i) { return row[i]; });
  return out;
}

std::string text_at(const nlohmann::ordered_json& object, const char* member) {
  if (!object.is_object()) return "-";
  const auto found = object.find(member);
  if (found == object.end() || found->is_null()) return "-";
  if (found->is_string()) return printable(found->get_ref<const std::string&>());
  if (found->is_array()) {
    std::string text;
    for (const auto& item : *found) {
      const std::string word = item.is_string() ? item.get<std::string>() : item.dump();
      text += (text.empty() ? "" : " ") + printable(word);
    }
    return text.empty() ? "-" : text;
  }
  return printable(found->dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

std::string instant_at(const nlohmann::ordered_json& object, const char* member) {
  constexpr std::size_t kMinutes = 16;  // "2026-03-02T14:05"
  std::string text = text_at(object, member);
  if (text.size() > kMinutes && text[10] == 'T' && text.back() == 'Z') {
    text = text.substr(0, kMinutes) + "Z";
    text[10] = ' ';
  }
  return text;
}

const nlohmann::ordered_json& list_at(const nlohmann::ordered_json& object, const char* member) {
  static const nlohmann::ordered_json kNone = nlohmann::ordered_json::array();
  if (!object.is_object()) return kNone;
  const auto found = object.find(member);
  return found == object.end() || !found->is_array() ? kNone : *found;
}

std::string fields_text(const std::vector<std::pair<std::string, std::string>>& fields,
                        std::size_t width) {
  std::size_t widest = 0;
  for (const auto& [name, value] : fields) widest = std::max(widest, explain::width_of(name));
  std::string out;
  for (const auto& [name, value] : fields) {
    std::string first = name + std::string(widest - explain::width_of(name) + kGap, ' ');
    const std::vector<std::string> lines =
        width == 0 ? std::vector<std::string>{value} : explain::wrap(value, width - widest - kGap);
    for (const std::string& line : lines) {
      out += first + line + "\n";
      first = std::string(widest + kGap, ' ');
    }
  }
  return out;
}

}  // namespace stargate::cli
