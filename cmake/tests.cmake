# Tests, benchmarks, and the checks that run as tests.

find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)
find_package(rapidcheck REQUIRED)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
include(GoogleTest)

set(STARGATE_TEST_SECONDS 600)

# stargate_test_binary(TARGET PREFIX SOURCES file... [DEPENDS room...] [LINK library...])
#
# One GoogleTest program that sees the rooms in DEPENDS and all that they may include; its tests are
# called PREFIX/Suite.Name. GoogleMock, RapidCheck and their headers are there for all.
# STARGATE_SOURCE_DIR is the repository's root.
function(stargate_test_binary target prefix)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "SOURCES;DEPENDS;LINK")
  stargate_reachable(reachable ${arg_DEPENDS})
  stargate_include_root(${prefix}-tests ${reachable})
  list(TRANSFORM arg_DEPENDS PREPEND stargate_ OUTPUT_VARIABLE libraries)

  add_executable(${target} ${arg_SOURCES})
  stargate_compile(${target} ${prefix}-tests)
  target_compile_definitions(${target} PRIVATE STARGATE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(${target} PRIVATE
    ${libraries} ${arg_LINK} rapidcheck GTest::gmock GTest::gmock_main)
  set(precompiled <gmock/gmock.h> <gtest/gtest.h>)
  if(nlohmann_json::nlohmann_json IN_LIST arg_LINK)
    list(APPEND precompiled <nlohmann/json.hpp>)
  endif()
  stargate_precompile(${target} ${precompiled})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  gtest_discover_tests(${target}
    TEST_PREFIX ${prefix}/
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 120
    PROPERTIES
      TIMEOUT ${STARGATE_TEST_SECONDS}
      # Under ctest RapidCheck tries the same cases each time; a binary run by itself tries new ones.
      ENVIRONMENT RC_PARAMS=seed=1)
endfunction()

# stargate_test_program(NAME source [DEPENDS room...]): a program that tests run, tests/programs/source.
function(stargate_test_program name source)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "DEPENDS")
  stargate_reachable(reachable ${arg_DEPENDS})
  stargate_include_root(${name} ${reachable})
  list(TRANSFORM arg_DEPENDS PREPEND stargate_ OUTPUT_VARIABLE libraries)
  add_executable(${name} ${CMAKE_SOURCE_DIR}/tests/programs/${source})
  stargate_compile(${name} ${name})
  target_link_libraries(${name} PRIVATE ${libraries})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
endfunction()

# stargate_tests(ROOM [DEPENDS room...] [LINK library...] [PROGRAMS program...]): the *_test.cpp files
# of a room. DEPENDS names rooms that only the tests may enter. A program that they run is known to
# them by its name in capitals: STARGATE_KEEPER.
function(stargate_tests room)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "DEPENDS;LINK;PROGRAMS")
  get_property(directory GLOBAL PROPERTY STARGATE_DIRECTORY_${room})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${directory}/*_test.cpp)
  if(sources)
    stargate_test_binary(stargate_${room}_tests ${room}
      SOURCES ${sources} DEPENDS ${room} ${arg_DEPENDS} LINK ${arg_LINK})
    foreach(program IN LISTS arg_PROGRAMS)
      string(TOUPPER ${program} name)
      add_dependencies(stargate_${room}_tests ${program})
      target_compile_definitions(stargate_${room}_tests PRIVATE ${name}="$<TARGET_FILE:${program}>")
    endforeach()
  endif()
endfunction()

# stargate_end_to_end_tests([DEPENDS room...] [LINK library...]): tests/*.cpp, which run the built
# program, STARGATE_BINARY.
function(stargate_end_to_end_tests)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "DEPENDS;LINK")
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/*.cpp)
  if(sources AND TARGET stargate)
    stargate_test_binary(stargate_end_to_end_tests end_to_end
      SOURCES ${sources} DEPENDS ${arg_DEPENDS} LINK ${arg_LINK})
    target_compile_definitions(stargate_end_to_end_tests PRIVATE
      STARGATE_BINARY="$<TARGET_FILE:stargate>")
    add_dependencies(stargate_end_to_end_tests stargate)
  endif()
endfunction()

# stargate_benchmarks(DEPENDS room... [LINK library...]): bench/*_bench.cpp, one
# program; built with the tests, so that it does not rot, but for sanitizers. `make bench` runs it.
function(stargate_benchmarks)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "DEPENDS;LINK")
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/*_bench.cpp)
  if(NOT sources)
    return()
  endif()
  stargate_reachable(reachable ${arg_DEPENDS})
  stargate_include_root(bench ${reachable})
  list(TRANSFORM arg_DEPENDS PREPEND stargate_ OUTPUT_VARIABLE libraries)
  add_executable(stargate_bench ${sources})
  if(STARGATE_SANITIZE)
    set_target_properties(stargate_bench PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
  stargate_compile(stargate_bench bench)
  target_link_libraries(stargate_bench PRIVATE
    ${libraries} ${arg_LINK} benchmark::benchmark benchmark::benchmark_main)
  set_target_properties(stargate_bench PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()

# stargate_check_tests(CORE_ROOMS room...): the repository's own rules, as tests.
function(stargate_check_tests)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "CORE_ROOMS")
  set(scripts ${CMAKE_SOURCE_DIR}/scripts)
  add_test(NAME checks/rooms_include_only_what_they_may
    COMMAND ${scripts}/check-include-roots ${CMAKE_CXX_COMPILER} ${CMAKE_BINARY_DIR})
  # Sanitizers bring symbols and code of their own into the archives.
  if(NOT STARGATE_SANITIZE)
    list(JOIN arg_CORE_ROOMS "," rooms)
    add_test(NAME checks/core_has_no_forbidden_symbols
      COMMAND ${scripts}/check-forbidden-symbols --rooms ${rooms} ${CMAKE_BINARY_DIR})
    add_test(NAME checks/forbidden_symbols_are_noticed
      COMMAND ${scripts}/check-forbidden-symbols --self-test --compiler ${CMAKE_CXX_COMPILER})
  endif()
endfunction()
