#pragma once

#include "server/api.h"

namespace stargate::server {

/// Enters an act, effective now unless it says when. Throws Problem (409, 422) where the book refuses it.
void enter(Call& call, Act act, const std::string& what);

/// 202 and the approval that was asked for, where so many GPUs need a second person and there was none;
/// nullopt: go on.
std::optional<http::Answer> second_person(Call& call, const char* operation, std::uint64_t gpus);

/// "what happened at" of the body; now where it says nothing.
Instant effective_in(const Call& call);

/// The terms in the body, on top of others.
Terms terms_in(const Call& call, Terms terms);
/// Members of a body that say terms.
std::vector<Field> terms_fields();

}  // namespace stargate::server
