#pragma once

#include <optional>
#include <string>

// Files that other processes read while they are written. What fails throws std::system_error, whose
// message names the path.

namespace stargate::executor {

/// Whoever reads the file sees all of the text or what was there before.
void replace_file(const std::string& path, const std::string& text);
/// As replace_file; on return it is on the disk, and so is its name.
void replace_file_durably(const std::string& path, const std::string& text);
/// nullopt: there is no such file.
std::optional<std::string> read_file(const std::string& path);
/// Makes a file, or the names in a folder, durable.
void sync_path(const std::string& path);

bool exists(const std::string& path);
void create_folder(const std::string& path);
/// With the words of errno.
[[noreturn]] void throw_errno(const std::string& what);

}  // namespace stargate::executor
