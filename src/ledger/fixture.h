#pragma once

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <string>
#include <vector>

#include <unistd.h>

#include "ledger/ledger.h"

namespace stargate::ledger {

/// A folder for one test, gone with the object; in memory where the machine has a place for that.
class Folder {
 public:
  Folder() {
    static std::atomic<int> count{0};
    const std::filesystem::path in_memory = "/dev/shm";
    const bool usable = ::access(in_memory.c_str(), W_OK) == 0;
    path_ = (usable ? in_memory : std::filesystem::temp_directory_path()) /
            ("stargate-ledger-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string path() const { return path_.string(); }
  std::string path(const std::string& name) const { return (path_ / name).string(); }
  bool has(const std::string& name) const { return std::filesystem::exists(path_ / name); }
  std::string read(const std::string& name) const {
    std::ifstream stream(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  /// In place: a file that is first cut to nothing would be flushed to the disk each time.
  void write(const std::string& name, const std::string& bytes) const {
    if (!has(name)) std::ofstream(path(name), std::ios::binary).flush();
    std::fstream(path(name), std::ios::binary | std::ios::in | std::ios::out) << bytes;
    std::filesystem::resize_file(path(name), bytes.size());
  }
  void write_byte(const std::string& name, std::size_t at, char byte) const {
    std::fstream file(path(name), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
  }

 private:
  std::filesystem::path path_;
};

inline bool operator==(const Entry& a, const Entry& b) {
  return a.index == b.index && a.at == b.at && a.command == b.command && a.note == b.note &&
         a.events == b.events;
}
inline void PrintTo(const Entry& entry, std::ostream* out) { *out << "entry " << entry.index; }

/// Entries that differ in everything.
inline std::vector<Entry> make_entries(std::uint64_t first, std::size_t count) {
  std::vector<Entry> entries;
  for (std::uint64_t index = first; index < first + count; ++index) {
    const std::string number = std::to_string(index);
    entries.push_back({index,
                       {static_cast<std::int64_t>(index) * 1'000},
                       "command <" + number + ">",
                       "note <" + number + ">",
                       "events <" + number + "> " + std::string(40 + index % 50, '.')});
  }
  return entries;
}

inline std::vector<Entry> all_of(const Ledger& ledger, std::uint64_t first = 1) {
  std::vector<Entry> entries;
  ledger.read(first, [&](const Entry& entry) { entries.push_back(entry); });
  return entries;
}

}  // namespace stargate::ledger
