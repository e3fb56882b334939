#include <cstdio>

#include "executor/keeper.h"

// A keeper and nothing else: stargate_keeper FOLDER.
int main(int argument_count, char** arguments) {
  if (argument_count != 2) {
    std::fputs("usage: stargate_keeper FOLDER\n", stderr);
    return 2;
  }
  return stargate::executor::keep(arguments[1]);
}
