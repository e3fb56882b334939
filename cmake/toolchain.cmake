# Compiler, warnings and tools, for every target of ours: link to `stargate_options`.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(STARGATE_CCACHE ccache)
mark_as_advanced(STARGATE_CCACHE)
if(STARGATE_CCACHE)
  # ccache keeps what was compiled with a precompiled header only when told that it may.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${STARGATE_CCACHE})
endif()

add_library(stargate_options INTERFACE)

# The same binary on every x86-64 server since 2013 (level v3: population counts and 256-bit integer
# minima carry the indexes), and no fused multiply-add behind our back.
set(STARGATE_MARCH x86-64-v3 CACHE STRING "Value of -march= on x86-64")
target_compile_options(stargate_options INTERFACE
  -fno-omit-frame-pointer -ffp-contract=off -fno-semantic-interposition)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  target_compile_options(stargate_options INTERFACE -march=${STARGATE_MARCH} -mtune=generic)
endif()

target_compile_options(stargate_options INTERFACE
  -Werror -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wdouble-promotion
  -Wold-style-cast -Wcast-align -Wcast-qual -Wformat=2 -Wnon-virtual-dtor -Woverloaded-virtual
  -Wundef -Wunused -Wimplicit-fallthrough -Wextra-semi -Wmissing-declarations -Wvla)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(stargate_options INTERFACE
    -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wsuggest-override -Wredundant-decls
    # g++ 12 sees an overlap in "literal" + std::string (GCC bug 105651).
    -Wno-restrict)
else()
  target_compile_options(stargate_options INTERFACE
    -Wsuggest-override -Winconsistent-missing-override -Wunreachable-code
    # GoogleTest's and RapidCheck's macros.
    -Wno-gnu-zero-variadic-macro-arguments)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_definitions(stargate_options INTERFACE _GLIBCXX_ASSERTIONS)
endif()

if(STARGATE_SANITIZE)
  target_compile_options(stargate_options INTERFACE
    -fsanitize=${STARGATE_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(stargate_options INTERFACE -fsanitize=${STARGATE_SANITIZE})
endif()

find_program(STARGATE_MOLD mold)
mark_as_advanced(STARGATE_MOLD)
if(STARGATE_MOLD)
  target_link_options(stargate_options INTERFACE -fuse-ld=mold)
endif()
target_link_options(stargate_options INTERFACE -Wl,--as-needed)
