# tollgate_library(NAME LINKS ...): the static library of gateway/NAME. tollgate_plugins(NAME LINKS ...): that of plugins/NAME.
# Both are made of every .cpp file in their folder and below. Boost headers and our options come with every one.

# Common settings of a target, and the precompiled header: that of another target that is compiled alike, by default the
# lowest floor, or headers of its own.
function(tollgate_target target)
  cmake_parse_arguments(arg "" "PRECOMPILED_BY;PRECOMPILED" "" ${ARGN})
  target_link_libraries(${target} PRIVATE Threads::Threads)
  target_link_libraries(${target} PUBLIC tollgate_options)
  if(arg_PRECOMPILED)
    target_precompile_headers(${target} PRIVATE ${arg_PRECOMPILED})
  elseif(arg_PRECOMPILED_BY)
    target_precompile_headers(${target} REUSE_FROM ${arg_PRECOMPILED_BY})
  elseif(target STREQUAL tollgate_base)
    target_precompile_headers(${target} PRIVATE ${PROJECT_SOURCE_DIR}/gateway/cmake/precompiled.hpp)
  else()
    target_precompile_headers(${target} REUSE_FROM tollgate_base)
  endif()
endfunction()

function(tollgate_static_library name folder)
  cmake_parse_arguments(arg "" "" "LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.cpp)
  add_library(tollgate_${name} STATIC ${sources})
  target_link_libraries(tollgate_${name} PUBLIC ${arg_LINKS})
  tollgate_target(tollgate_${name})
endfunction()

function(tollgate_library name)
  tollgate_static_library(${name} ${PROJECT_SOURCE_DIR}/gateway/${name} ${ARGN})
endfunction()

function(tollgate_plugins name)
  tollgate_static_library(${name} ${PROJECT_SOURCE_DIR}/plugins/${name} ${ARGN})
endfunction()
