# Fuzzers, for the preset `fuzz`.

add_custom_target(fuzzers)

# stargate_fuzzers(ROOM): every *_fuzz.cpp of a room becomes a libFuzzer program in
# <build>/fuzzers/, called after its file. The target `fuzzers` builds them all.
function(stargate_fuzzers room)
  get_property(directory GLOBAL PROPERTY STARGATE_DIRECTORY_${room})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${directory}/*_fuzz.cpp)
  foreach(source IN LISTS sources)
    cmake_path(GET source STEM name)
    add_executable(${name} ${source})
    stargate_compile(${name} ${room})
    # libFuzzer calls LLVMFuzzerTestOneInput, which no header declares.
    target_compile_options(${name} PRIVATE -Wno-missing-declarations)
    target_link_libraries(${name} PRIVATE stargate_${room})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzzers)
    add_dependencies(fuzzers ${name})
  endforeach()
endfunction()
