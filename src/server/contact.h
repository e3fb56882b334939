#pragma once

#include "server/plane.h"

namespace stargate::server {

/// What becomes of the work of a runner that is out of contact, as commands; one change a call for each
/// runner. Its nodes take no work from the loss on, those that come to be accepted meanwhile included. What it
/// runs goes on until its lease is over, and a tenth more, since clocks differ: then it is lost, and may be
/// placed anew, for by then the runner has ended it. When contact is there again, before or after, the nodes
/// are what they were.
void watch_contact(Plane& plane);

/// When what a runner that is out of contact ran is given up.
Instant given_up_at(const LostContact& lost, Duration lease);

}  // namespace stargate::server
