#include <variant>

#include "event/codec.h"

namespace stargate {
namespace {

/// Numbers of the format: fixed for ever, never used again.
enum class Type : std::uint8_t {
  kDefineQueue = 1,
  kDefineTenant = 2,
  kDefineRequest = 3,
  kSetHalfLife = 4,
  kSubmit = 5,
  kCancel = 6,
  kStarted = 7,
  kFailedToStart = 8,
  kCheckpointed = 9,
  kStopped = 10,
  kExited = 11,
  kLost = 12,
  kSetHealth = 13,
  kReserve = 14,
  kCancelReservation = 15,
  kAdvance = 16,
  kSchedule = 17,
};

struct Fields {
  ByteWriter& out;

  void operator()(const command::DefineQueue& body) { write_queue(out, body); }
  void operator()(const command::DefineTenant& body) { write_tenant(out, body.spec); }
  void operator()(const command::DefineRequest& body) {
    out.varint(body.id.value);
    write_request(out, body.request);
  }
  void operator()(const command::SetHalfLife& body) { out.zigzag(body.half_life.us); }
  void operator()(const command::Submit& body) {
    out.varint(body.job.value);
    out.varint(body.queue.value);
    out.varint(body.tenant.value);
    out.varint(body.request.value);
    out.zigzag(body.priority);
    out.zigzag(body.estimate.us);
    out.zigzag(body.checkpoint_interval.us);
  }
  void operator()(const command::Cancel& body) { out.varint(body.job.value); }
  void operator()(const command::Started& body) { out.varint(body.job.value); }
  void operator()(const command::FailedToStart& body) { out.varint(body.job.value); }
  void operator()(const command::Checkpointed& body) { job_and_saved(body); }
  void operator()(const command::Stopped& body) { job_and_saved(body); }
  void operator()(const command::Exited& body) { out.varint(body.job.value); }
  void operator()(const command::Lost& body) { job_and_saved(body); }
  void operator()(const command::SetHealth& body) {
    out.varint(body.queue.value);
    out.varint(body.first.value);
    out.varint(body.count);
    out.enumerator(body.health);
  }
  void operator()(const command::Reserve& body) {
    out.varint(body.reservation.value);
    out.varint(body.queue.value);
    out.varint(body.tenant.value);
    out.varint(body.nodes);
    out.zigzag(body.from.us);
    out.zigzag(body.until.us);
  }
  void operator()(const command::CancelReservation& body) { out.varint(body.reservation.value); }
  void operator()(const command::Advance&) {}
  void operator()(const command::Schedule& body) { out.varint(body.queue.value); }

  template <class Body>
  void job_and_saved(const Body& body) {
    out.varint(body.job.value);
    out.zigzag(body.saved.us);
  }
};

Type type_of(const command::DefineQueue&) { return Type::kDefineQueue; }
Type type_of(const command::DefineTenant&) { return Type::kDefineTenant; }
Type type_of(const command::DefineRequest&) { return Type::kDefineRequest; }
Type type_of(const command::SetHalfLife&) { return Type::kSetHalfLife; }
Type type_of(const command::Submit&) { return Type::kSubmit; }
Type type_of(const command::Cancel&) { return Type::kCancel; }
Type type_of(const command::Started&) { return Type::kStarted; }
Type type_of(const command::FailedToStart&) { return Type::kFailedToStart; }
Type type_of(const command::Checkpointed&) { return Type::kCheckpointed; }
Type type_of(const command::Stopped&) { return Type::kStopped; }
Type type_of(const command::Exited&) { return Type::kExited; }
Type type_of(const command::Lost&) { return Type::kLost; }
Type type_of(const command::SetHealth&) { return Type::kSetHealth; }
Type type_of(const command::Reserve&) { return Type::kReserve; }
Type type_of(const command::CancelReservation&) { return Type::kCancelReservation; }
Type type_of(const command::Advance&) { return Type::kAdvance; }
Type type_of(const command::Schedule&) { return Type::kSchedule; }

command::Submit read_submit(ByteReader& in) {
  command::Submit body;
  body.job.value = in.varint();
  body.queue.value = in.varint32();
  body.tenant.value = in.varint32();
  body.request.value = in.varint32();
  const std::int64_t priority = in.zigzag();
  if (priority < INT32_MIN || priority > INT32_MAX) in.fail("a priority is out of its range");
  body.priority = static_cast<std::int32_t>(priority);
  body.estimate.us = in.zigzag();
  body.checkpoint_interval.us = in.zigzag();
  return body;
}

command::SetHealth read_set_health(ByteReader& in) {
  command::SetHealth body;
  body.queue.value = in.varint32();
  body.first.value = in.varint32();
  body.count = in.varint32();
  body.health = in.enumerator(Health::kFailed);
  return body;
}

command::Reserve read_reserve(ByteReader& in) {
  command::Reserve body;
  body.reservation.value = in.varint();
  body.queue.value = in.varint32();
  body.tenant.value = in.varint32();
  body.nodes = in.varint32();
  body.from.us = in.zigzag();
  body.until.us = in.zigzag();
  return body;
}

template <class Body>
Body read_job_and_saved(ByteReader& in) {
  const JobId job{in.varint()};
  return {job, {in.zigzag()}};
}

Command::Body read_body(Type type, ByteReader& in) {
  switch (type) {
    case Type::kDefineQueue: return read_queue(in);
    case Type::kDefineTenant: return command::DefineTenant{read_tenant(in)};
    case Type::kDefineRequest: {
      const RequestId id{in.varint32()};
      return command::DefineRequest{id, read_request(in)};
    }
    case Type::kSetHalfLife: return command::SetHalfLife{{in.zigzag()}};
    case Type::kSubmit: return read_submit(in);
    case Type::kCancel: return command::Cancel{{in.varint()}};
    case Type::kStarted: return command::Started{{in.varint()}};
    case Type::kFailedToStart: return command::FailedToStart{{in.varint()}};
    case Type::kCheckpointed: return read_job_and_saved<command::Checkpointed>(in);
    case Type::kStopped: return read_job_and_saved<command::Stopped>(in);
    case Type::kExited: return command::Exited{{in.varint()}};
    case Type::kLost: return read_job_and_saved<command::Lost>(in);
    case Type::kSetHealth: return read_set_health(in);
    case Type::kReserve: return read_reserve(in);
    case Type::kCancelReservation: return command::CancelReservation{{in.varint()}};
    case Type::kAdvance: return command::Advance{};
    case Type::kSchedule: return command::Schedule{{in.varint32()}};
  }
  in.fail("a record that is no command, or one of a later version");
}

}  // namespace

void Encoder::encode(const Command& command, std::string& out) {
  ByteWriter writer(out);
  std::visit(
      [&](const auto& body) {
        writer.enumerator(type_of(body));
        write_instant(writer, command.at, base_);
        Fields{writer}(body);
      },
      command.body);
  base_ = command.at;
}

Command Decoder::command(ByteReader& in) {
  const auto type = static_cast<Type>(in.byte());
  base_ = read_instant(in, base_);
  return {base_, read_body(type, in)};
}

}  // namespace stargate
