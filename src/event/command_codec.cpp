#include <variant>

#include "event/codec.h"
#include "event/codec_shared.h"

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
  kDefine = 18,
  kOpenOrder = 19,
  kEnterAct = 20,
  kSubmitWorkload = 21,
  kPropose = 22,
  kSetUnavailable = 23,
};

/// The terms and the name of what is proposed are written as those of an offer.
Act offer_of(const command::Propose& body) {
  Act offer;
  offer.kind = ActKind::kOffer;
  offer.terms = body.terms;
  offer.offer = body.offer;
  return offer;
}

struct Fields {
  ByteWriter& out;

  void operator()(const command::DefineQueue& body) { write_queue(out, body); }
  void operator()(const command::DefineTenant& body) { write_tenant(out, body.spec); }
  void operator()(const command::DefineRequest& body) {
    out.varint(body.id.value);
    write_request(out, body.request);
  }
  void operator()(const command::SetHalfLife& body) { out.zigzag(body.half_life.us); }
  void operator()(const command::Submit& body) { write_submission(out, body); }
  void operator()(const command::Cancel& body) { out.varint(body.job.value); }
  void operator()(const command::Started& body) { out.varint(body.job.value); }
  void operator()(const command::FailedToStart& body) { out.varint(body.job.value); }
  void operator()(const command::Checkpointed& body) { job_and_saved(body); }
  void operator()(const command::Stopped& body) { job_and_saved(body); }
  void operator()(const command::Exited& body) { out.varint(body.job.value); }
  void operator()(const command::Lost& body) { job_and_saved(body); }
  void operator()(const command::SetHealth& body) { write_health(out, body); }
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
  void operator()(const command::Define& body) { write_definition(out, body.definition); }
  void operator()(const command::OpenOrder& body) {
    out.varint(body.order.value);
    out.varint(body.queue.value);
    write_policy(out, body.policy);
  }
  void operator()(const command::EnterAct& body) { write_act(out, body.act); }
  void operator()(const command::SubmitWorkload& body) { write_submission(out, body); }
  void operator()(const command::Propose& body) {
    out.varint(body.order.value);
    out.varint(body.workload.value);
    write_act(out, offer_of(body));
    out.varint(body.replies.size());
    for (const command::ReplyDue& due : body.replies) {
      out.varint(due.clause.value);
      out.zigzag(due.reply_by.us);
    }
  }

  void operator()(const command::SetUnavailable& body) { write_unavailable(out, body); }

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
Type type_of(const command::Define&) { return Type::kDefine; }
Type type_of(const command::OpenOrder&) { return Type::kOpenOrder; }
Type type_of(const command::EnterAct&) { return Type::kEnterAct; }
Type type_of(const command::SubmitWorkload&) { return Type::kSubmitWorkload; }
Type type_of(const command::Propose&) { return Type::kPropose; }
Type type_of(const command::SetUnavailable&) { return Type::kSetUnavailable; }

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

command::Propose read_proposal(ByteReader& in) {
  command::Propose body;
  body.order.value = in.varint32();
  body.workload.value = in.varint32();
  const Act offer = read_act(in);
  body.terms = offer.terms;
  body.offer = offer.offer;
  if (offer != offer_of(body)) in.fail("a proposal with more than an offer has");
  const std::uint64_t replies = in.count(2);
  for (std::uint64_t i = 0; i < replies; ++i) {
    const ClauseId clause{in.varint32()};
    body.replies.push_back({clause, {in.zigzag()}});
  }
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
    case Type::kSubmit: return read_submission<command::Submit>(in);
    case Type::kCancel: return command::Cancel{{in.varint()}};
    case Type::kStarted: return command::Started{{in.varint()}};
    case Type::kFailedToStart: return command::FailedToStart{{in.varint()}};
    case Type::kCheckpointed: return read_job_and_saved<command::Checkpointed>(in);
    case Type::kStopped: return read_job_and_saved<command::Stopped>(in);
    case Type::kExited: return command::Exited{{in.varint()}};
    case Type::kLost: return read_job_and_saved<command::Lost>(in);
    case Type::kSetHealth: return read_health<command::SetHealth>(in);
    case Type::kReserve: return read_reserve(in);
    case Type::kCancelReservation: return command::CancelReservation{{in.varint()}};
    case Type::kAdvance: return command::Advance{};
    case Type::kSchedule: return command::Schedule{{in.varint32()}};
    case Type::kDefine: return command::Define{read_definition(in)};
    case Type::kOpenOrder: {
      const OrderId order{in.varint32()};
      const QueueId queue{in.varint32()};
      return command::OpenOrder{order, queue, read_policy(in)};
    }
    case Type::kEnterAct: return command::EnterAct{read_act(in)};
    case Type::kSubmitWorkload: return read_submission<command::SubmitWorkload>(in);
    case Type::kPropose: return read_proposal(in);
    case Type::kSetUnavailable: return read_unavailable<command::SetUnavailable>(in);
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
