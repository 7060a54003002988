# How all of our code is compiled. Third-party headers are SYSTEM, so warnings are errors for our code alone.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

set(TOLLGATE_SANITIZE "" CACHE STRING "sanitizers: 'address,undefined' or 'thread'; with 'fuzzer-no-link' for libFuzzer")

find_program(CCACHE ccache)
if(CCACHE)
  # What follows -Xclang is where the precompiled header lies: its contents count, and are looked at, whatever build tree they
  # are in. So a tree with the flags of another one finds all of it done.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    CCACHE_IGNOREOPTIONS=-Xclang ${CCACHE})
endif()

add_library(tollgate_options INTERFACE)
target_compile_options(tollgate_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough -Werror
  -Wno-missing-designated-field-initializers  # a left-out member has its initialiser: that is what they are for
  -fPIE  # for libraries too: one precompiled header serves all
  -Xclang -fno-pch-timestamp)
target_compile_definitions(tollgate_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_VISIBILITY
  BOOST_ASIO_NO_IOSTREAM BOOST_ASIO_DISABLE_BOOST_DATE_TIME  # not used, and half of what the header of a socket takes to be read
  TOLLGATE_VERSION="${PROJECT_VERSION}")
target_include_directories(tollgate_options INTERFACE ${PROJECT_SOURCE_DIR}/gateway ${PROJECT_SOURCE_DIR}/plugins)
target_link_options(tollgate_options INTERFACE -fuse-ld=lld-19 -pie)

if(TOLLGATE_SANITIZE)
  # Several sources in a unit: what they include is compiled once for them, which is most of the work.
  set(CMAKE_UNITY_BUILD ON)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 20)
  # Tests compile twice as fast unoptimised, and are themselves not what has to be fast.
  target_compile_options(tollgate_options INTERFACE -fsanitize=${TOLLGATE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
    -fsanitize-ignorelist=${CMAKE_CURRENT_LIST_DIR}/sanitizers.txt $<IF:$<BOOL:$<TARGET_PROPERTY:TOLLGATE_TEST>>,-O0,-O1> -g1)
  target_link_options(tollgate_options INTERFACE -fsanitize=${TOLLGATE_SANITIZE})
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(CMAKE_CXX_FLAGS_RELEASE "-O3")    # asserts stay on: they guard invariants, and cost nothing that was measured
  target_compile_options(tollgate_options INTERFACE -flto=thin -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fcf-protection)
  set(TOLLGATE_LTO_CACHE ${CMAKE_BINARY_DIR}/lto CACHE PATH "where links with ThinLTO keep what they compiled")
  include(${CMAKE_CURRENT_LIST_DIR}/profile.cmake)
  # What is seldom done lies apart from what is done with every request, within a function too: less to load.
  target_link_options(tollgate_options INTERFACE -Wl,-mllvm,-split-machine-functions -Wl,-z,keep-text-section-prefix)
  target_link_options(tollgate_options INTERFACE -flto=thin -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--thinlto-cache-dir=${TOLLGATE_LTO_CACHE})
endif()
