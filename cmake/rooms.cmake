# A room is a folder with a static library of its own, which sees only the rooms it may enter.
#
# Sources include "room/file.h". A library is compiled with exactly one include root of ours,
# <build>/include-roots/<room>/, that holds links to the room itself and to the rooms it may
# include. An include of any other room finds no file, so it does not compile.

set(STARGATE_INCLUDE_ROOTS ${CMAKE_BINARY_DIR}/include-roots)
file(MAKE_DIRECTORY ${STARGATE_INCLUDE_ROOTS})
file(WRITE ${STARGATE_INCLUDE_ROOTS}/allowed.txt "")

# stargate_reachable(OUT room...): the rooms given and all that they may include.
function(stargate_reachable out)
  set(reachable)
  foreach(room IN LISTS ARGN)
    get_property(own GLOBAL PROPERTY STARGATE_REACHABLE_${room})
    if(NOT own)
      message(FATAL_ERROR "Room '${room}' is not declared (yet): rooms are declared lowest first")
    endif()
    list(APPEND reachable ${own})
  endforeach()
  list(REMOVE_DUPLICATES reachable)
  set(${out} ${reachable} PARENT_SCOPE)
endfunction()

# stargate_include_root(NAME room...): makes the folder NAME among the include roots show exactly
# the given rooms.
function(stargate_include_root name)
  set(root ${STARGATE_INCLUDE_ROOTS}/${name})
  file(MAKE_DIRECTORY ${root})
  file(GLOB present RELATIVE ${root} ${root}/*)
  foreach(room IN LISTS present)
    if(NOT room IN_LIST ARGN)
      file(REMOVE ${root}/${room})
    endif()
  endforeach()
  foreach(room IN LISTS ARGN)
    get_property(directory GLOBAL PROPERTY STARGATE_DIRECTORY_${room})
    if(NOT IS_SYMLINK ${root}/${room})
      file(CREATE_LINK ${directory} ${root}/${room} SYMBOLIC)
    endif()
  endforeach()
endfunction()

# stargate_compile(TARGET ROOT): our options, and ROOT as the only include root of ours.
function(stargate_compile target root)
  target_link_libraries(${target} PRIVATE stargate_options)
  target_include_directories(${target} PRIVATE ${STARGATE_INCLUDE_ROOTS}/${root})
  # __FILE__ and debug information name files as in the repository, wherever it lies and through
  # whichever root they were found. g++ takes the last that fits.
  target_compile_options(${target} PRIVATE
    -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=
    -ffile-prefix-map=${STARGATE_INCLUDE_ROOTS}/${root}/=src/)
endfunction()

# stargate_precompile(TARGET header...): headers from outside that most of the target's sources include
# and that cost seconds each. For g++ with sanitizers alone: sources include what they use, which the
# other presets prove, and with -O3 g++ 12 sees overflows in precompiled std::string where there are none.
function(stargate_precompile target)
  if(STARGATE_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_precompile_headers(${target} PRIVATE ${ARGN})
    target_compile_options(${target} PRIVATE -fpch-preprocess)  # for ccache
  endif()
endfunction()

# stargate_sources(OUT DIRECTORY): a room's sources, without tests, fuzzers, benchmarks and main.
function(stargate_sources out directory)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${directory}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "(_test|_fuzz|_bench|/main)\\.cpp$")
  set(${out} ${sources} PARENT_SCOPE)
endfunction()

# stargate_library(NAME [DIRECTORY dir] [DEPENDS room...] [LINK library...] [PRECOMPILE header...])
#
# Declares the room NAME, in src/NAME unless DIRECTORY says otherwise, as the target
# stargate_NAME. A room without sources becomes a library of headers.
function(stargate_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "DIRECTORY" "DEPENDS;LINK;PRECOMPILE")
  if(NOT arg_DIRECTORY)
    set(arg_DIRECTORY src/${name})
  endif()
  set(directory ${CMAKE_SOURCE_DIR}/${arg_DIRECTORY})

  stargate_reachable(reachable ${arg_DEPENDS})
  list(PREPEND reachable ${name})
  set_property(GLOBAL PROPERTY STARGATE_REACHABLE_${name} ${reachable})
  set_property(GLOBAL PROPERTY STARGATE_DIRECTORY_${name} ${directory})
  stargate_include_root(${name} ${reachable})
  list(JOIN reachable " " words)
  file(APPEND ${STARGATE_INCLUDE_ROOTS}/allowed.txt "${name}: ${words}\n")

  list(TRANSFORM arg_DEPENDS PREPEND stargate_ OUTPUT_VARIABLE libraries)
  stargate_sources(sources ${directory})
  if(sources)
    add_library(stargate_${name} STATIC ${sources})
    stargate_compile(stargate_${name} ${name})
    target_link_libraries(stargate_${name} PUBLIC ${libraries} PRIVATE ${arg_LINK})
    if(arg_PRECOMPILE)
      stargate_precompile(stargate_${name} ${arg_PRECOMPILE})
    endif()
  else()
    add_library(stargate_${name} INTERFACE)
    target_link_libraries(stargate_${name} INTERFACE ${libraries})
  endif()
endfunction()

# stargate_executable(NAME ROOM room): the program NAME from the room's main.cpp, at the top of the
# build folder.
function(stargate_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "ROOM" "")
  file(GLOB main CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${arg_ROOM}/main.cpp)
  if(NOT main)
    return()
  endif()
  add_executable(${name} ${main})
  stargate_compile(${name} ${arg_ROOM})
  target_link_libraries(${name} PRIVATE stargate_${arg_ROOM})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()
