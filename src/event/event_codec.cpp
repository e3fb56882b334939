#include <variant>

#include "event/codec.h"

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
};

constexpr Reason kLastReason = Reason::kReservationDue;

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
  void operator()(const event::JobQueued& body) {
    out.varint(body.job.value);
    out.varint(body.queue.value);
    out.varint(body.tenant.value);
    out.varint(body.request.value);
    out.zigzag(body.priority);
    out.zigzag(body.estimate.us);
    out.zigzag(body.checkpoint_interval.us);
  }
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
  void operator()(const event::HealthChanged& body) {
    out.varint(body.queue.value);
    out.varint(body.first.value);
    out.varint(body.count);
    out.enumerator(body.health);
  }
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

event::RangeSpan read_span(ByteReader& in, EventBatch& batch) {
  const auto first = static_cast<std::uint32_t>(batch.ranges.size());
  return {first, read_ranges(in, batch.ranges)};
}

template <class Definition>
std::uint32_t add(std::vector<Definition>& definitions, Definition definition) {
  definitions.push_back(std::move(definition));
  return static_cast<std::uint32_t>(definitions.size() - 1);
}

event::JobQueued read_job_queued(ByteReader& in) {
  event::JobQueued body;
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

event::HealthChanged read_health_changed(ByteReader& in) {
  event::HealthChanged body;
  body.queue.value = in.varint32();
  body.first.value = in.varint32();
  body.count = in.varint32();
  body.health = in.enumerator(Health::kFailed);
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
    case Type::kJobQueued: return read_job_queued(in);
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
    case Type::kHealthChanged: return read_health_changed(in);
    case Type::kReservationMade: return read_reservation_made(in, batch);
    case Type::kReservationStarted: return event::ReservationStarted{{in.varint()}};
    case Type::kReservationEnded: return event::ReservationEnded{{in.varint()}};
    case Type::kUseDecayed: return event::UseDecayed{};
    case Type::kServiceLevelReached: {
      const JobId job{in.varint()};
      return event::ServiceLevelReached{job, in.varint32()};
    }
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
