#include <variant>

#include "event/codec.h"
#include "event/codec_shared.h"

namespace stargate {
namespace {

/// Numbers of the format: fixed for ever, never used again.
enum class Type : std::uint8_t {
  kQueueDefined = 64,
  kTenantDefined = 65,
  kRequestDefined = 66,
  kRequestAdmitted = 67,
  kHalfLifeSet = 68,
  kJobQueued = 69,
  kJobRefused = 70,
  kCommandRefused = 71,
  kJobWaits = 72,
  kAllocationAssigned = 73,
  kAllocationRunning = 74,
  kStopRequested = 75,
  kWorkSaved = 76,
  kAllocationReleased = 77,
  kJobCancelled = 78,
  kHealthChanged = 79,
  kReservationMade = 80,
  kReservationStarted = 81,
  kReservationEnded = 82,
  kUseDecayed = 83,
  kServiceLevelReached = 84,
  kDefined = 85,
  kOrderOpened = 86,
  kActEntered = 87,
  kPermissionsChanged = 88,
  kWorkloadSubmitted = 89,
  kJobRouted = 90,
  kJobUnrouted = 91,
  kDemandUnmet = 92,
  kTransferStarted = 93,
  kTransferEnded = 94,
  kUnavailableChanged = 95,
};

struct Fields {
  ByteWriter& out;
  const EventBatch& batch;

  void operator()(const event::QueueDefined& body) { write_queue(out, batch.queues[body.index]); }
  void operator()(const event::TenantDefined& body) {
    write_tenant(out, batch.tenants[body.index]);
  }
  void operator()(const event::RequestDefined& body) {
    const command::DefineRequest& request = batch.requests[body.index];
    out.varint(request.id.value);
    write_request(out, request.request);
  }
  void operator()(const event::RequestAdmitted& body) {
    out.varint(body.queue.value);
    out.varint(body.request.value);
  }
  void operator()(const event::HalfLifeSet& body) { out.zigzag(body.half_life.us); }
  void operator()(const event::JobQueued& body) { write_submission(out, body); }
  void operator()(const event::JobRefused& body) { job_and_reason(body); }
  void operator()(const event::CommandRefused& body) { job_and_reason(body); }
  void operator()(const event::JobWaits& body) { job_and_reason(body); }
  void operator()(const event::AllocationAssigned& body) {
    out.varint(body.job.value);
    write_ranges(out, batch.ranges_of(body.ranges));
  }
  void operator()(const event::AllocationRunning& body) { out.varint(body.job.value); }
  void operator()(const event::StopRequested& body) {
    job_and_reason(body);
    out.varint(body.beneficiary.value);
    if (names_clause(body.reason)) out.varint(body.clause.value);
  }
  void operator()(const event::WorkSaved& body) {
    out.varint(body.job.value);
    out.zigzag(body.saved.us);
  }
  void operator()(const event::AllocationReleased& body) {
    job_and_reason(body);
    out.zigzag(body.saved.us);
  }
  void operator()(const event::JobCancelled& body) { out.varint(body.job.value); }
  void operator()(const event::HealthChanged& body) { write_health(out, body); }
  void operator()(const event::ReservationMade& body) {
    out.varint(body.reservation.value);
    out.varint(body.queue.value);
    out.varint(body.tenant.value);
    out.zigzag(body.from.us);
    out.zigzag(body.until.us);
    write_ranges(out, batch.ranges_of(body.ranges));
  }
  void operator()(const event::ReservationStarted& body) { out.varint(body.reservation.value); }
  void operator()(const event::ReservationEnded& body) { out.varint(body.reservation.value); }
  void operator()(const event::UseDecayed&) {}
  void operator()(const event::ServiceLevelReached& body) {
    out.varint(body.job.value);
    out.varint(body.level);
  }
  void operator()(const event::Defined& body) {
    write_definition(out, batch.definitions[body.index]);
  }
  void operator()(const event::OrderOpened& body) {
    out.varint(body.order.value);
    out.varint(body.queue.value);
  }
  void operator()(const event::ActEntered& body) { write_act(out, batch.acts[body.index]); }
  void operator()(const event::PermissionsChanged&) {}
  void operator()(const event::WorkloadSubmitted& body) { write_submission(out, body); }
  void operator()(const event::JobRouted& body) {
    out.varint(body.job.value);
    out.varint(body.queue.value);
    out.varint(body.request.value);
    out.zigzag(body.estimate.us);
    out.zigzag(body.saved.us);
  }
  void operator()(const event::JobUnrouted& body) { job_and_reason(body); }
  void operator()(const event::DemandUnmet& body) {
    job_and_reason(body);
    out.varint(body.clause.value);
  }
  void operator()(const event::TransferStarted& body) {
    out.varint(body.data.value);
    out.varint(body.site.value);
    out.zigzag(body.until.us);
  }
  void operator()(const event::TransferEnded& body) {
    out.varint(body.data.value);
    out.varint(body.site.value);
  }

  void operator()(const event::UnavailableChanged& body) { write_unavailable(out, body); }

  template <class Body>
  void job_and_reason(const Body& body) {
    out.varint(body.job.value);
    out.enumerator(body.reason);
  }
};

Type type_of(const event::QueueDefined&) { return Type::kQueueDefined; }
Type type_of(const event::TenantDefined&) { return Type::kTenantDefined; }
Type type_of(const event::RequestDefined&) { return Type::kRequestDefined; }
Type type_of(const event::RequestAdmitted&) { return Type::kRequestAdmitted; }
Type type_of(const event::HalfLifeSet&) { return Type::kHalfLifeSet; }
Type type_of(const event::JobQueued&) { return Type::kJobQueued; }
Type type_of(const event::JobRefused&) { return Type::kJobRefused; }
Type type_of(const event::CommandRefused&) { return Type::kCommandRefused; }
Type type_of(const event::JobWaits&) { return Type::kJobWaits; }
Type type_of(const event::AllocationAssigned&) { return Type::kAllocationAssigned; }
Type type_of(const event::AllocationRunning&) { return Type::kAllocationRunning; }
Type type_of(const event::StopRequested&) { return Type::kStopRequested; }
Type type_of(const event::WorkSaved&) { return Type::kWorkSaved; }
Type type_of(const event::AllocationReleased&) { return Type::kAllocationReleased; }
Type type_of(const event::JobCancelled&) { return Type::kJobCancelled; }
Type type_of(const event::HealthChanged&) { return Type::kHealthChanged; }
Type type_of(const event::ReservationMade&) { return Type::kReservationMade; }
Type type_of(const event::ReservationStarted&) { return Type::kReservationStarted; }
Type type_of(const event::ReservationEnded&) { return Type::kReservationEnded; }
Type type_of(const event::UseDecayed&) { return Type::kUseDecayed; }
Type type_of(const event::ServiceLevelReached&) { return Type::kServiceLevelReached; }
Type type_of(const event::Defined&) { return Type::kDefined; }
Type type_of(const event::OrderOpened&) { return Type::kOrderOpened; }
Type type_of(const event::ActEntered&) { return Type::kActEntered; }
Type type_of(const event::PermissionsChanged&) { return Type::kPermissionsChanged; }
Type type_of(const event::WorkloadSubmitted&) { return Type::kWorkloadSubmitted; }
Type type_of(const event::JobRouted&) { return Type::kJobRouted; }
Type type_of(const event::JobUnrouted&) { return Type::kJobUnrouted; }
Type type_of(const event::DemandUnmet&) { return Type::kDemandUnmet; }
Type type_of(const event::TransferStarted&) { return Type::kTransferStarted; }
Type type_of(const event::TransferEnded&) { return Type::kTransferEnded; }
Type type_of(const event::UnavailableChanged&) { return Type::kUnavailableChanged; }

event::RangeSpan read_span(ByteReader& in, EventBatch& batch) {
  const auto first = static_cast<std::uint32_t>(batch.ranges.size());
  return {first, read_ranges(in, batch.ranges)};
}

template <class Definition>
std::uint32_t add(std::vector<Definition>& definitions, Definition definition) {
  definitions.push_back(std::move(definition));
  return static_cast<std::uint32_t>(definitions.size() - 1);
}

event::JobRouted read_job_routed(ByteReader& in) {
  event::JobRouted body;
  body.job.value = in.varint();
  body.queue.value = in.varint32();
  body.request.value = in.varint32();
  body.estimate.us = in.zigzag();
  body.saved.us = in.zigzag();
  return body;
}

event::ReservationMade read_reservation_made(ByteReader& in, EventBatch& batch) {
  event::ReservationMade body;
  body.reservation.value = in.varint();
  body.queue.value = in.varint32();
  body.tenant.value = in.varint32();
  body.from.us = in.zigzag();
  body.until.us = in.zigzag();
  body.ranges = read_span(in, batch);
  return body;
}

template <class Body>
Body read_job_and_reason(ByteReader& in) {
  Body body;
  body.job.value = in.varint();
  body.reason = in.enumerator(kLastReason);
  return body;
}

Event::Body read_body(Type type, ByteReader& in, EventBatch& batch) {
  switch (type) {
    case Type::kQueueDefined: return event::QueueDefined{add(batch.queues, read_queue(in))};
    case Type::kTenantDefined: return event::TenantDefined{add(batch.tenants, read_tenant(in))};
    case Type::kRequestDefined: {
      const RequestId id{in.varint32()};
      return event::RequestDefined{add(batch.requests, {id, read_request(in)})};
    }
    case Type::kRequestAdmitted: {
      const QueueId queue{in.varint32()};
      return event::RequestAdmitted{queue, {in.varint32()}};
    }
    case Type::kHalfLifeSet: return event::HalfLifeSet{{in.zigzag()}};
    case Type::kJobQueued: return read_submission<event::JobQueued>(in);
    case Type::kJobRefused: return read_job_and_reason<event::JobRefused>(in);
    case Type::kCommandRefused: return read_job_and_reason<event::CommandRefused>(in);
    case Type::kJobWaits: return read_job_and_reason<event::JobWaits>(in);
    case Type::kAllocationAssigned: {
      const JobId job{in.varint()};
      return event::AllocationAssigned{job, read_span(in, batch)};
    }
    case Type::kAllocationRunning: return event::AllocationRunning{{in.varint()}};
    case Type::kStopRequested: {
      auto body = read_job_and_reason<event::StopRequested>(in);
      body.beneficiary.value = in.varint();
      if (names_clause(body.reason)) body.clause.value = in.varint32();
      return body;
    }
    case Type::kWorkSaved: {
      const JobId job{in.varint()};
      return event::WorkSaved{job, {in.zigzag()}};
    }
    case Type::kAllocationReleased: {
      auto body = read_job_and_reason<event::AllocationReleased>(in);
      body.saved.us = in.zigzag();
      return body;
    }
    case Type::kJobCancelled: return event::JobCancelled{{in.varint()}};
    case Type::kHealthChanged: return read_health<event::HealthChanged>(in);
    case Type::kReservationMade: return read_reservation_made(in, batch);
    case Type::kReservationStarted: return event::ReservationStarted{{in.varint()}};
    case Type::kReservationEnded: return event::ReservationEnded{{in.varint()}};
    case Type::kUseDecayed: return event::UseDecayed{};
    case Type::kServiceLevelReached: {
      const JobId job{in.varint()};
      return event::ServiceLevelReached{job, in.varint32()};
    }
    case Type::kDefined: return event::Defined{add(batch.definitions, read_definition(in))};
    case Type::kOrderOpened: {
      const OrderId order{in.varint32()};
      return event::OrderOpened{order, {in.varint32()}};
    }
    case Type::kActEntered: return event::ActEntered{add(batch.acts, read_act(in))};
    case Type::kPermissionsChanged: return event::PermissionsChanged{};
    case Type::kWorkloadSubmitted: return read_submission<event::WorkloadSubmitted>(in);
    case Type::kJobRouted: return read_job_routed(in);
    case Type::kJobUnrouted: return read_job_and_reason<event::JobUnrouted>(in);
    case Type::kDemandUnmet: {
      auto body = read_job_and_reason<event::DemandUnmet>(in);
      body.clause.value = in.varint32();
      return body;
    }
    case Type::kTransferStarted: {
      const DataId data{in.varint32()};
      const SiteId site{in.varint32()};
      return event::TransferStarted{data, site, {in.zigzag()}};
    }
    case Type::kTransferEnded: {
      const DataId data{in.varint32()};
      return event::TransferEnded{data, {in.varint32()}};
    }
    case Type::kUnavailableChanged: return read_unavailable<event::UnavailableChanged>(in);
  }
  in.fail("a record that is no event, or one of a later version");
}

}  // namespace

void Encoder::encode(const Event& event, const EventBatch& batch, std::string& out) {
  ByteWriter writer(out);
  std::visit(
      [&](const auto& body) {
        writer.enumerator(type_of(body));
        write_instant(writer, event.at, base_);
        Fields{writer, batch}(body);
      },
      event.body);
  base_ = event.at;
}

void Decoder::event(ByteReader& in, EventBatch& out) {
  const auto type = static_cast<Type>(in.byte());
  base_ = read_instant(in, base_);
  out.events.push_back({base_, read_body(type, in, out)});
}

}  // namespace stargate
