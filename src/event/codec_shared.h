#pragma once

#include "event/bytes.h"
#include "model/health.h"
#include "model/request.h"

// Fields that a command and its event have in common, as bytes.

namespace stargate {

/// Of a job: what is submitted to a queue, or of a workload.
template <class Submission>
void write_submission(ByteWriter& out, const Submission& body) {
  out.varint(body.job.value);
  if constexpr (requires { body.workload; }) {
    out.varint(body.workload.value);
  } else {
    out.varint(body.queue.value);
  }
  out.varint(body.tenant.value);
  out.varint(body.request.value);
  if constexpr (requires { body.early_request; }) out.varint(body.early_request.value);
  out.zigzag(body.priority);
  out.zigzag(body.estimate.us);
  out.zigzag(body.checkpoint_interval.us);
}

template <class Submission>
Submission read_submission(ByteReader& in) {
  Submission body;
  body.job.value = in.varint();
  if constexpr (requires { body.workload; }) {
    body.workload.value = in.varint32();
  } else {
    body.queue.value = in.varint32();
  }
  body.tenant.value = in.varint32();
  body.request.value = in.varint32();
  if constexpr (requires { body.early_request; }) body.early_request.value = in.varint32();
  const std::int64_t priority = in.zigzag();
  if (priority < INT32_MIN || priority > INT32_MAX) in.fail("a priority is out of its range");
  body.priority = static_cast<std::int32_t>(priority);
  body.estimate.us = in.zigzag();
  body.checkpoint_interval.us = in.zigzag();
  return body;
}

/// Nodes of a queue in a row.
template <class Nodes>
void write_nodes(ByteWriter& out, const Nodes& body) {
  out.varint(body.queue.value);
  out.varint(body.first.value);
  out.varint(body.count);
}

template <class Nodes>
Nodes read_nodes(ByteReader& in) {
  Nodes body;
  body.queue.value = in.varint32();
  body.first.value = in.varint32();
  body.count = in.varint32();
  return body;
}

template <class Nodes>
void write_health(ByteWriter& out, const Nodes& body) {
  write_nodes(out, body);
  out.enumerator(body.health);
}

template <class Nodes>
Nodes read_health(ByteReader& in) {
  auto body = read_nodes<Nodes>(in);
  body.health = in.enumerator(Health::kFailed);
  return body;
}

template <class Nodes>
void write_unavailable(ByteWriter& out, const Nodes& body) {
  write_nodes(out, body);
  out.varint(body.gpus);
}

template <class Nodes>
Nodes read_unavailable(ByteReader& in) {
  auto body = read_nodes<Nodes>(in);
  body.gpus = in.varint();
  return body;
}

}  // namespace stargate
