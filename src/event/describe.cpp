#include "event/describe.h"

#include <array>
#include <variant>

namespace stargate {
namespace {

/// Names of a command and of an event, in the order of their variants.
constexpr std::array<std::string_view, std::variant_size_v<Command::Body>> kCommands{
    "define_queue",    "define_tenant", "define_request",  "set_half_life", "submit",
    "cancel",          "started",       "failed_to_start", "checkpointed",  "stopped",
    "exited",          "lost",          "set_health",      "reserve",       "cancel_reservation",
    "advance",         "schedule",      "define",          "open_order",    "enter_act",
    "submit_workload", "propose",       "set_unavailable"};
constexpr std::array<std::string_view, std::variant_size_v<Event::Body>> kEvents{
    "queue_defined",
    "tenant_defined",
    "request_defined",
    "request_admitted",
    "half_life_set",
    "job_queued",
    "job_refused",
    "command_refused",
    "job_waits",
    "allocation_assigned",
    "allocation_running",
    "stop_requested",
    "work_saved",
    "allocation_released",
    "job_cancelled",
    "health_changed",
    "reservation_made",
    "reservation_started",
    "reservation_ended",
    "use_decayed",
    "service_level_reached",
    "defined",
    "order_opened",
    "act_entered",
    "permissions_changed",
    "workload_submitted",
    "job_routed",
    "job_unrouted",
    "demand_unmet",
    "transfer_started",
    "transfer_ended",
    "unavailable_changed"};

constexpr std::array<std::string_view, std::variant_size_v<Definition>> kDefinitions{
    "party", "accelerator", "site",     "agreement",  "clause", "order",
    "stage", "data",        "workload", "assumption", "ranking"};

constexpr std::array<std::string_view, 7> kOrders{"fifo", "sjf",      "srtf",      "srsf",
                                                  "las",  "priority", "fair-share"};
constexpr std::array<std::string_view, 3> kBackfills{"none", "easy", "conservative"};
constexpr std::array<std::string_view, 3> kPlaces{"best-fit", "first-fit", "consolidated"};

template <std::size_t kSize, class Enum>
std::string_view word_of(const std::array<std::string_view, kSize>& words, Enum value) {
  const auto index = static_cast<std::size_t>(value);
  return index < kSize ? words[index] : "?";
}

struct Fields {
  FieldSink& sink;
  const EventBatch* batch = nullptr;

  void number(std::string_view name, std::uint64_t value) { sink.number(name, value); }
  void job(JobId id) { number("job", id.value); }
  void queue(QueueId id) { number("queue", id.value); }
  void tenant(TenantId id) { number("tenant", id.value); }
  void request(RequestId id) { number("request", id.value); }
  void reservation(ReservationId id) { number("reservation", id.value); }
  void reason(Reason value) { sink.text("reason", name_of(value)); }
  void saved(Duration value) { sink.duration("saved", value); }

  void definition(const command::DefineQueue& body) {
    queue(body.queue);
    sink.text("name", body.name);
    number("nodes_in_all", body.fleet.nodes());
    number("gpus", body.fleet.gpus());
    sink.text("order", word_of(kOrders, body.policy.order));
    sink.text("backfill", word_of(kBackfills, body.policy.backfill));
    sink.text("backfill_order",
              body.policy.backfill_order == BackfillOrder::kShortest ? "shortest" : "queue");
    sink.text("place", word_of(kPlaces, body.policy.place));
    sink.text("repack", body.policy.repack ? "yes" : "no");
    sink.duration("restart_overhead", body.policy.restart_overhead);
  }
  void definition(const TenantSpec& body) {
    tenant(body.tenant);
    number("parent", body.parent.value);
    number("weight", body.weight);
    number("cohort", body.cohort);
    number("guaranteed_gpus", body.guaranteed_gpus);
    number("borrow_gpus_max", body.borrow_gpus_max);
  }
  void definition(const command::DefineRequest& body) {
    request(body.id);
    std::string parts;
    for (const Part& part : body.request.parts) {
      if (!parts.empty()) parts += '+';
      if (part.nodes > 0) {
        parts += std::to_string(part.nodes) + "nodes";
      } else {
        parts += std::to_string(part.gpus) + "gpus";
      }
      if (part.gpus_per_node > 0) parts += "/" + std::to_string(part.gpus_per_node);
      if (part.segment_nodes > 0) {
        parts +=
            "[" + std::to_string(part.segment_nodes) + "per" + name_of(part.segment_level) + "]";
      }
    }
    sink.text("parts", parts);
    sink.text("locality", name_of(body.request.locality.level));
    sink.text("must", body.request.locality.must ? "yes" : "no");
    sink.text("accepts_degraded", body.request.accepts_degraded ? "yes" : "no");
  }
  void definition(const Definition& body) {
    sink.text("kind", kDefinitions[body.index()]);
    std::visit([&](const auto& defined) { sink.text("name", defined.name); }, body);
    if (const auto* clause = std::get_if<Clause>(&body)) {
      sink.text("clause", kind_of(*clause));
      number("agreement", clause->agreement.value);
      sink.instant("from", clause->from);
      sink.instant("until", clause->until);
    }
  }
  template <class AnyId>
  void set(std::string_view name, AnyId id) {
    if (is_set(id)) number(name, id.value);
  }
  void text(std::string_view name, const std::string& value) {
    if (!value.empty()) sink.text(name, value);
  }
  void terms(const Terms& body) {
    if (body.amount.value != 0) {
      sink.number("amount", body.amount.value);
      sink.text("unit", name_of(body.amount.unit));
    }
    if (body.has_price) {
      sink.number("price_micros", body.price.amount.micros);
      sink.text("per", name_of(body.price.unit));
    }
    if (body.delivery != kNever) sink.instant("delivery", body.delivery);
  }
  void act(const Act& body) {
    sink.text("act", name_of(body.kind));
    sink.instant("effective", body.effective);
    set("party", body.party);
    set("order", body.order);
    text("offer", body.offer);
    set("clause", body.clause);
    set("stage", body.stage);
    if (body.kind == ActKind::kCapacity) {
      sink.text("state", name_of(body.state));
      number("nodes_in_all", body.nodes);
    }
    text("name", body.name);
    terms(body.terms);
    if (body.reply_by != kNever) sink.instant("reply_by", body.reply_by);
    if (body.until != kNever) sink.instant("until", body.until);
    text("signed_by", body.signed_by);
    text("document_sha256", body.document_sha256);
  }
  template <class Submission>
  void submission(const Submission& body) {
    job(body.job);
    if constexpr (requires { body.workload; }) {
      number("workload", body.workload.value);
    } else {
      queue(body.queue);
    }
    tenant(body.tenant);
    request(body.request);
    if constexpr (requires { body.early_request; }) {
      number("early_request", body.early_request.value);
    }
    sink.number("priority", std::int64_t{body.priority});
    sink.duration("estimate", body.estimate);
    sink.duration("checkpoint_interval", body.checkpoint_interval);
  }
  template <class Nodes>
  void health(const Nodes& body) {
    queue(body.queue);
    number("first_node", body.first.value);
    number("count", body.count);
    sink.text("health", name_of(body.health));
  }
  template <class Nodes>
  void unavailable(const Nodes& body) {
    queue(body.queue);
    const NodeRange range{body.first.value, body.count, body.gpus, 0};
    sink.ranges(std::span(&range, 1));
  }
  template <class Window>
  void window(const Window& body) {
    reservation(body.reservation);
    queue(body.queue);
    tenant(body.tenant);
    sink.instant("from", body.from);
    sink.instant("until", body.until);
  }

  void operator()(const command::DefineQueue& body) { definition(body); }
  void operator()(const command::DefineTenant& body) { definition(body.spec); }
  void operator()(const command::DefineRequest& body) { definition(body); }
  void operator()(const command::SetHalfLife& body) { sink.duration("half_life", body.half_life); }
  void operator()(const command::Submit& body) { submission(body); }
  void operator()(const command::Cancel& body) { job(body.job); }
  void operator()(const command::Started& body) { job(body.job); }
  void operator()(const command::FailedToStart& body) { job(body.job); }
  void operator()(const command::Checkpointed& body) { job(body.job), saved(body.saved); }
  void operator()(const command::Stopped& body) { job(body.job), saved(body.saved); }
  void operator()(const command::Exited& body) { job(body.job); }
  void operator()(const command::Lost& body) { job(body.job), saved(body.saved); }
  void operator()(const command::SetHealth& body) { health(body); }
  void operator()(const command::Reserve& body) {
    window(body);
    number("nodes", body.nodes);
  }
  void operator()(const command::CancelReservation& body) { reservation(body.reservation); }
  void operator()(const command::Advance&) {}
  void operator()(const command::Schedule& body) { queue(body.queue); }
  void operator()(const command::Define& body) { definition(body.definition); }
  void operator()(const command::OpenOrder& body) {
    number("contract_order", body.order.value);
    queue(body.queue);
  }
  void operator()(const command::EnterAct& body) { act(body.act); }
  void operator()(const command::SubmitWorkload& body) { submission(body); }
  void operator()(const command::Propose& body) {
    number("contract_order", body.order.value);
    number("workload", body.workload.value);
    terms(body.terms);
    text("offer", body.offer);
    for (const command::ReplyDue& due : body.replies) {
      number("clause", due.clause.value);
      sink.instant("reply_by", due.reply_by);
    }
  }
  void operator()(const command::SetUnavailable& body) { unavailable(body); }

  void operator()(const event::QueueDefined& body) { definition(batch->queues[body.index]); }
  void operator()(const event::TenantDefined& body) { definition(batch->tenants[body.index]); }
  void operator()(const event::RequestDefined& body) { definition(batch->requests[body.index]); }
  void operator()(const event::RequestAdmitted& body) { queue(body.queue), request(body.request); }
  void operator()(const event::HalfLifeSet& body) { sink.duration("half_life", body.half_life); }
  void operator()(const event::JobQueued& body) { submission(body); }
  void operator()(const event::JobRefused& body) { job(body.job), reason(body.reason); }
  void operator()(const event::CommandRefused& body) { job(body.job), reason(body.reason); }
  void operator()(const event::JobWaits& body) { job(body.job), reason(body.reason); }
  void operator()(const event::AllocationAssigned& body) {
    job(body.job);
    sink.ranges(batch->ranges_of(body.ranges));
  }
  void operator()(const event::AllocationRunning& body) { job(body.job); }
  void operator()(const event::StopRequested& body) {
    job(body.job);
    number("beneficiary", body.beneficiary.value);
    reason(body.reason);
    set("clause", body.clause);
  }
  void operator()(const event::WorkSaved& body) { job(body.job), saved(body.saved); }
  void operator()(const event::AllocationReleased& body) {
    job(body.job);
    saved(body.saved);
    reason(body.reason);
  }
  void operator()(const event::JobCancelled& body) { job(body.job); }
  void operator()(const event::HealthChanged& body) { health(body); }
  void operator()(const event::ReservationMade& body) {
    window(body);
    sink.ranges(batch->ranges_of(body.ranges));
  }
  void operator()(const event::ReservationStarted& body) { reservation(body.reservation); }
  void operator()(const event::ReservationEnded& body) { reservation(body.reservation); }
  void operator()(const event::UseDecayed&) {}
  void operator()(const event::ServiceLevelReached& body) {
    job(body.job);
    number("level", body.level);
  }
  void operator()(const event::Defined& body) { definition(batch->definitions[body.index]); }
  void operator()(const event::OrderOpened& body) {
    number("contract_order", body.order.value);
    queue(body.queue);
  }
  void operator()(const event::ActEntered& body) { act(batch->acts[body.index]); }
  void operator()(const event::PermissionsChanged&) {}
  void operator()(const event::WorkloadSubmitted& body) { submission(body); }
  void operator()(const event::JobRouted& body) {
    job(body.job);
    queue(body.queue);
    request(body.request);
    sink.duration("estimate", body.estimate);
    saved(body.saved);
  }
  void operator()(const event::JobUnrouted& body) { job(body.job), reason(body.reason); }
  void operator()(const event::DemandUnmet& body) {
    job(body.job);
    reason(body.reason);
    set("clause", body.clause);
  }
  void operator()(const event::TransferStarted& body) {
    number("data", body.data.value);
    number("site", body.site.value);
    sink.instant("until", body.until);
  }
  void operator()(const event::TransferEnded& body) {
    number("data", body.data.value);
    number("site", body.site.value);
  }
  void operator()(const event::UnavailableChanged& body) { unavailable(body); }
};

/// " name=value" for each field; a text with anything but letters, digits and a few signs is quoted.
class TextSink final : public FieldSink {
 public:
  explicit TextSink(std::string line) : line_(std::move(line)) {}

  void number(std::string_view name, std::int64_t value) override {
    plain(name, std::to_string(value));
  }
  void number(std::string_view name, std::uint64_t value) override {
    plain(name, std::to_string(value));
  }
  void text(std::string_view name, std::string_view value) override {
    if (!value.empty() && value.find_first_not_of(kPlain) == std::string_view::npos) {
      return plain(name, value);
    }
    std::string quoted = "\"";
    for (char c : value) {
      const auto bits = static_cast<unsigned char>(c);
      if (bits < 0x20 || bits == 0x7f) {
        quoted += "\\x";
        quoted += kHexadecimal[bits >> 4];
        quoted += kHexadecimal[bits & 15];
        continue;
      }
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
    plain(name, quoted + "\"");
  }
  void instant(std::string_view name, Instant value) override { plain(name, text_of(value)); }
  void duration(std::string_view name, Duration value) override { plain(name, text_of(value)); }
  void ranges(std::span<const NodeRange> ranges) override {
    std::uint64_t gpus = 0;
    for (const NodeRange& range : ranges) gpus += range.gpus();
    plain("nodes", text_of(ranges));
    number("gpus", gpus);
  }

  std::string take() { return std::move(line_); }

 private:
  static constexpr std::string_view kHexadecimal = "0123456789abcdef";
  static constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./[]";

  void plain(std::string_view name, std::string_view value) {
    line_ += ' ';
    line_ += name;
    line_ += '=';
    line_ += value;
  }

  std::string line_;
};

std::string line_of(Instant at, std::string_view name) {
  std::string line = text_of(at);
  line += ' ';
  line += name;
  return line;
}

}  // namespace

std::string_view name_of(const Event::Body& body) { return kEvents[body.index()]; }
std::string_view name_of(const Command::Body& body) { return kCommands[body.index()]; }

void visit_fields(const Event::Body& body, const EventBatch& batch, FieldSink& sink) {
  std::visit(Fields{sink, &batch}, body);
}

void visit_fields(const Command::Body& body, FieldSink& sink) { std::visit(Fields{sink}, body); }

std::string describe(const Event& event, const EventBatch& batch) {
  TextSink sink(line_of(event.at, name_of(event.body)));
  visit_fields(event.body, batch, sink);
  return sink.take();
}

std::string describe(const Command& command) {
  TextSink sink(line_of(command.at, name_of(command.body)));
  visit_fields(command.body, sink);
  return sink.take();
}

}  // namespace stargate
