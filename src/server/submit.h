#pragma once

#include <memory>
#include <string>

#include "server/job_spec.h"
#include "server/plane.h"

namespace stargate::server {

/// A job as it was sent, read.
struct Submission {
  std::shared_ptr<const JobSpec> spec;
  std::string json;  ///< as it was sent
};

/// A job that is submitted now: throws Problem (422) for what old ledgers may hold and means nothing, too.
/// REQUIRES, throws: as job_spec_of.
JobSpec new_job_spec_of(const JsonView& value);

/// REQUIRES, throws: as new_job_spec_of.
Submission submission_of(const JsonView& value);

/// A submission as the core is to see it.
struct Resolved {
  TenantId tenant;
  Workload workload;
  WorkloadId known = kNo<WorkloadId>;  ///< the workload is there already
};

/// Names into numbers. Throws Problem (422) for those that the world does not have, and 403 where the
/// token is of another tenant. `default_accelerators` are what a job without any asks for.
Resolved resolve(const Plane& plane, const Token& token, const JobSpec& spec);

/// What its gang asks for, of the kinds that its workload accepts. Throws Problem (422).
Request request_of(const JobSpec& spec, const Resolved& resolved);

/// The submission, of the job with the next number, but for its requests.
command::SubmitWorkload submission_of(const core::State& state, const JobSpec& spec,
                                      const Resolved& resolved, WorkloadId workload);

/// Defines what is not there yet: the workload, the requests. The numbers of both requests are equal
/// but for early use.
WorkloadId define_workload(Plane& plane, const Resolved& resolved);
RequestId define_request(Plane& plane, const Request& request);

/// A job of it, with what its names are.
JobId submit(Plane& plane, const Token& token, Submission submission, const Resolved& resolved);

}  // namespace stargate::server
