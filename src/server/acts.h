#pragma once

#include "server/api.h"

namespace stargate::server {

/// Enters an act, effective now unless it says when. Throws Problem (409, 422) where the book refuses it,
/// which says what is there instead.
void enter(Call& call, Act act, const std::string& what);

/// Throws the Problem that enter() would, and enters nothing. REQUIRES: the act says when it takes effect.
void expect_enterable(const Call& call, const Act& act, const std::string& what);

/// "what happened at" of the body; now where it says nothing.
Instant effective_in(const Call& call);

/// The members, and those that say who signed and when.
std::vector<Field> with_signature(std::vector<Field> fields);

/// Defines it. Throws Problem (422) where the core refuses it.
void define(Call& call, Definition definition);

/// The number of the thing of that name; throws Problem (422), which names them all.
template <class Things>
std::uint32_t index_in(const Things& things, const std::string& name, const char* pointer) {
  std::string names;
  for (std::uint32_t i = 0; i < things.size(); ++i) {
    if (things[i].name == name) return i;
    names += (names.empty() ? "" : ", ") + things[i].name;
  }
  const std::string detail = "found " + name + ", expected one of " + names;
  throw Problem(422, "unknown_name", std::string(pointer) + ": " + detail, {{pointer, detail}});
}

/// The terms in the body, on top of others.
Terms terms_in(const Call& call, Terms terms);
/// Members of a body that say terms.
std::vector<Field> terms_fields();

}  // namespace stargate::server
