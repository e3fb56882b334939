#include "sim/ledger_file.h"

#include <utility>

#include "base/input_error.h"

namespace stargate::sim {
namespace {

constexpr std::string_view kMagic = "stargate ledger\n";
constexpr std::uint32_t kLedgerVersion = 1;

}  // namespace

LedgerWriter::LedgerWriter(const std::string& path) : sink_(create_bytes(path)) {
  frame_ = kMagic;
  ByteWriter out(frame_);
  out.varint(kLedgerVersion);
  out.varint(kCodecVersion);
  sink_->write(frame_);
}

void LedgerWriter::record(const Command& command, const EventBatch& batch) {
  command_.clear();
  event_bytes_.clear();
  command_encoder_.encode(command, command_);
  for (const Event& event : batch.events) event_encoder_.encode(event, batch, event_bytes_);
  hash_.update(event_bytes_);
  ++commands_;
  events_ += batch.events.size();

  std::string sized_command;
  ByteWriter(sized_command).text(command_);
  frame_.clear();
  ByteWriter(frame_).varint(sized_command.size() + event_bytes_.size());
  frame_ += sized_command;
  frame_ += event_bytes_;
  sink_->write(frame_);
}

void LedgerWriter::finish() {
  frame_.clear();
  ByteWriter out(frame_);
  out.varint(0);
  out.varint(commands_);
  out.varint(events_);
  out.text(event_hash());
  sink_->write(frame_);
  sink_->finish();
}

LedgerReader::LedgerReader(const std::string& path) : LedgerReader(path, open_bytes(path)) {}

LedgerReader::LedgerReader(const std::string& name, std::unique_ptr<ByteSource> source)
    : name_(name == "-" ? "<stdin>" : name), source_(std::move(source)) {
  read_header();
}

void LedgerReader::fail(std::uint64_t offset, const std::string& message) const {
  throw InputError(name_, 0, 0, "byte " + std::to_string(offset) + ": " + message);
}

void LedgerReader::fetch(std::uint64_t size) {
  while (buffer_.size() - start_ < size) {
    buffer_.erase(0, start_);
    start_ = 0;
    const std::string_view block = source_->next_block();
    if (block.empty()) fail(offset_ + buffer_.size(), "ends before its end record: not finished");
    buffer_ += block;
  }
}

std::uint64_t LedgerReader::read_number() {
  std::size_t size = 1;
  for (;; ++size) {
    fetch(size);
    if (static_cast<unsigned char>(buffer_[start_ + size - 1]) < 0x80 || size == 10) break;
  }
  ByteReader in(std::string_view(buffer_).substr(start_, size), offset_);
  std::uint64_t value = 0;
  try {
    value = in.varint();
  } catch (const InputError& error) {
    throw InputError(name_, 0, 0, error.what());
  }
  start_ += size;
  offset_ += size;
  return value;
}

void LedgerReader::read_header() {
  std::string_view magic;
  try {
    fetch(kMagic.size());
    magic = std::string_view(buffer_).substr(start_, kMagic.size());
  } catch (const InputError&) {
    if (!buffer_.empty() && std::string_view(kMagic).starts_with(buffer_)) throw;
  }
  if (magic != kMagic) throw InputError(name_, 0, 0, "is not a ledger");
  start_ += kMagic.size();
  offset_ += kMagic.size();
  const std::uint64_t at = offset_;
  const std::uint64_t ledger = read_number();
  const std::uint64_t codec = read_number();
  if (ledger == kLedgerVersion && codec >= 1 && codec <= kCodecVersion) {
    codec_version_ = static_cast<std::uint32_t>(codec);
    return;
  }
  fail(at, "the ledger is of version " + std::to_string(ledger) + "." + std::to_string(codec) +
               ", expected " + std::to_string(kLedgerVersion) + ".1 to " +
               std::to_string(kLedgerVersion) + "." + std::to_string(kCodecVersion));
}

bool LedgerReader::next(Command& command, EventBatch& batch) {
  batch.clear();
  const std::uint64_t size = read_number();
  if (size == 0) {
    read_end();
    return false;
  }
  fetch(size);
  frame_.assign(buffer_, start_, size);
  try {
    decode(command, batch);
  } catch (const InputError& error) {
    throw InputError(name_, 0, 0, error.what());
  }
  start_ += size;
  offset_ += size;
  ++commands_;
  events_ += batch.events.size();
  hash_.update(event_bytes_);
  return true;
}

void LedgerReader::decode(Command& command, EventBatch& batch) {
  ByteReader frame(frame_, offset_);
  const std::string_view bytes = frame.text();
  ByteReader in(bytes, frame.offset() - bytes.size());
  command = command_decoder_.command(in);
  in.expect_end();
  event_bytes_ = std::string_view(frame_).substr(frame_.size() - frame.left());
  while (!frame.at_end()) event_decoder_.event(frame, batch);
}

void LedgerReader::read_end() {
  event_bytes_ = {};
  const std::uint64_t at = offset_;
  const std::uint64_t commands = read_number();
  const std::uint64_t events = read_number();
  const std::uint64_t size = read_number();
  const std::string hash = event_hash();
  if (size != hash.size()) fail(at, "the end record has no SHA-256");
  fetch(size);
  const bool fits = std::string_view(buffer_).substr(start_, size) == hash;
  start_ += size;
  offset_ += size;
  if (commands != commands_ || events != events_ || !fits) {
    fail(at, "the end record does not fit what stands before it: the ledger is damaged");
  }
  if (start_ != buffer_.size() || !source_->next_block().empty()) {
    fail(offset_, "there is more after the end record");
  }
}

}  // namespace stargate::sim
