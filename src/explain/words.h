#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "explain/explain.h"
#include "explain/room.h"

// The sentences of an explanation.

namespace stargate::explain {

/// "a, b or c".
std::string list_of(const std::vector<std::string>& names, const char* last = "or");

/// "60 %", with decimals where there are any.
std::string share_text(std::uint32_t ppm);

/// What the clause of a forbidden or held answer says, in a few words.
std::string why_not(const Ground& ground, Verdict verdict, const std::string& use);

/// A clause decides that something is forbidden or is to be offered first; what is permitted may be
/// cleared of one, or be bound to a place by it; a lack of room is decided by none, unless its words name
/// it. Other clauses are taken out of the answers.
void drop_unrelated_clauses(Explanation& explanation);

/// Why it is there, to follow the words that say where: ": no contract binds it there, and ...".
/// REQUIRES: it runs somewhere.
std::string why_there(const Explanation& explanation);

/// The one sentence; everything else of the explanation is there already.
std::string reason_of(const Explanation& explanation);

/// What would change it, but for stages: offers, ends of clauses, orders to be signed or offered.
std::vector<std::string> next_of(const Explanation& explanation);

}  // namespace stargate::explain
