# Release builds place and inline code by what was counted once (`./dev profile`). A function that has changed since goes
# without, so nothing has to be counted anew for a build; only for its speed.
set(TOLLGATE_PROFILE use CACHE STRING "use: what was counted; make: count; none")
set_property(CACHE TOLLGATE_PROFILE PROPERTY STRINGS use make none)

# A function of one file goes by that file's name, without the folder, which differs from machine to machine.
set(profile_names "SHELL:-mllvm -static-func-full-module-prefix=false")

if(TOLLGATE_PROFILE STREQUAL "make")
  target_compile_options(tollgate_options INTERFACE -fprofile-generate ${profile_names})
  target_link_options(tollgate_options INTERFACE -fprofile-generate)
elseif(TOLLGATE_PROFILE STREQUAL "use")
  set(counted ${CMAKE_CURRENT_LIST_DIR}/often.proftext)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${counted})
  file(SHA256 ${counted} counted_hash)  # in the name: another profile is another command, which compiles anew
  string(SUBSTRING ${counted_hash} 0 12 counted_hash)
  # One path for all build folders: it stands in every command, and a compiler cache goes by the command.
  set(profile ${PROJECT_SOURCE_DIR}/build/often-${counted_hash}.profdata)
  if(NOT EXISTS ${profile})
    find_program(TOLLGATE_PROFDATA NAMES llvm-profdata-19 REQUIRED)
    string(SHA256 here ${CMAKE_BINARY_DIR})
    file(MAKE_DIRECTORY ${PROJECT_SOURCE_DIR}/build)
    execute_process(COMMAND ${TOLLGATE_PROFDATA} merge --output ${profile}.${here} ${counted} COMMAND_ERROR_IS_FATAL ANY)
    file(RENAME ${profile}.${here} ${profile})
  endif()
  target_compile_options(tollgate_options INTERFACE -fprofile-use=${profile} ${profile_names}
    -Wno-profile-instr-unprofiled -Wno-profile-instr-out-of-date -Wno-backend-plugin)
endif()
