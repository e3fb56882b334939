#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "event/codec.h"
#include "sim/byte_source.h"
#include "sim/event_hash.h"

// A file of commands and what came of them:
//
//   file:   magic, version of the ledger, version of the codec, frames, end
//   frame:  length of the rest; length of the command; the command; its events
//   end:    0, count of commands, count of events, SHA-256 of the encoded events in hexadecimal
//
// Commands and events are two streams of the codec, so that the hash depends on the events alone.
// A file without its end was not finished.

namespace stargate::sim {

/// Writes a ledger; compressed where the name ends with .zst, .gz, .xz or .bz2. Buffered: nothing is
/// there for sure before finish(). Every member throws InputError where the file cannot be written.
class LedgerWriter final : public driver::Recorder {
 public:
  explicit LedgerWriter(const std::string& path);

  void record(const Command& command, const EventBatch& batch) override;
  /// Writes the end and closes the file. Nothing is recorded after it.
  void finish();

  std::uint64_t commands() const { return commands_; }
  std::uint64_t events() const { return events_; }
  std::string event_hash() const { return hash_.hex(); }

 private:
  std::unique_ptr<ByteSink> sink_;
  Encoder command_encoder_;
  Encoder event_encoder_;
  EventHash hash_;
  std::string command_;
  std::string event_bytes_;
  std::string frame_;
  std::uint64_t commands_ = 0;
  std::uint64_t events_ = 0;
};

/// Reads a ledger from its start, in the memory of one frame; of this version of the codec and of those
/// before it. Throws InputError, which names the file and the byte (of what is compressed in it), for
/// what is not a whole ledger.
class LedgerReader {
 public:
  explicit LedgerReader(const std::string& path);
  LedgerReader(const std::string& name, std::unique_ptr<ByteSource> source);

  /// The next command, and its events in place of what is in `batch`; false at the end, whose counts
  /// and hash have been checked by then.
  bool next(Command& command, EventBatch& batch);
  /// The events of the last command as they are in the file.
  std::string_view event_bytes() const { return event_bytes_; }

  std::uint64_t commands() const { return commands_; }
  std::uint64_t events() const { return events_; }
  std::string event_hash() const { return hash_.hex(); }
  /// Of the codec that wrote it.
  std::uint32_t codec_version() const { return codec_version_; }

 private:
  [[noreturn]] void fail(std::uint64_t offset, const std::string& message) const;
  /// Makes the next `size` bytes the front of `buffer_`.
  void fetch(std::uint64_t size);
  std::uint64_t read_number();
  void read_header();
  void read_end();
  void decode(Command& command, EventBatch& batch);

  std::string name_;
  std::unique_ptr<ByteSource> source_;
  std::string buffer_;  ///< from `start_` on: what is read of the file and not yet consumed
  std::size_t start_ = 0;
  std::uint64_t offset_ = 0;  ///< of `start_` in the file
  std::string frame_;
  std::string_view event_bytes_;
  Decoder command_decoder_;
  Decoder event_decoder_;
  EventHash hash_;
  std::uint32_t codec_version_ = 0;
  std::uint64_t commands_ = 0;
  std::uint64_t events_ = 0;
};

}  // namespace stargate::sim
