#include "server/process.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <future>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tollgate::process_test {
using namespace tollgate::server;

namespace {

// What a fork of this process exits with when it runs `scene`; -1 when a signal ended it.
template <class Scene>
int exit_code_of(Scene scene) {
    pid_t const child = ::fork();
    if (child == 0) {
        ::alarm(20);  // a scene that hangs ends by a signal
        scene();
        std::_Exit(77);  // the scene was not ended by what it tests
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

struct Seen {
    std::promise<void> stop;
    std::promise<void> reload;
    Signals::Actions actions{.stop = [this] { stop.set_value(); }, .reload = [this] { reload.set_value(); }};
};

void wait_for_end() { ::pause(); }

}  // namespace

TEST_CASE("a signal that asks to stop before anybody serves ends the process at once") {
    for (int const signal : {SIGTERM, SIGINT}) {
        CHECK(exit_code_of([signal] {
                  Signals const signals;
                  ::kill(::getpid(), signal);
                  wait_for_end();
              }) == 0);
    }
}

TEST_CASE("each signal that asks to stop is told") {
    CHECK(exit_code_of([] {
              std::array<std::promise<void>, 2> stops;
              std::size_t count = 0;  // of the signal thread alone
              Signals signals;
              signals.attend({.stop = [&] { stops.at(count++).set_value(); }, .reload = [] {}});
              ::kill(::getpid(), SIGTERM);
              stops[0].get_future().wait();
              ::kill(::getpid(), SIGINT);
              stops[1].get_future().wait();
              std::_Exit(6);
          }) == 6);
}

TEST_CASE("after a stop the process may end by itself") {
    CHECK(exit_code_of([] {
              {
                  Seen seen;
                  Signals signals;
                  signals.attend(seen.actions);
                  ::kill(::getpid(), SIGTERM);
                  seen.stop.get_future().wait();
              }
              std::_Exit(5);
          }) == 5);
}

TEST_CASE("SIGHUP reloads, each time, and also when it came too early") {
    CHECK(exit_code_of([] {
              Signals signals;
              ::kill(::getpid(), SIGHUP);
              Seen early;
              signals.attend(early.actions);
              early.reload.get_future().wait();
              Seen later;
              signals.attend(later.actions);
              ::kill(::getpid(), SIGHUP);
              later.reload.get_future().wait();
              std::_Exit(5);
          }) == 5);
}

TEST_CASE("too few descriptors for the connections of clients are told") {
    CHECK(exit_code_of([] {
              rlimit files{};
              ::getrlimit(RLIMIT_NOFILE, &files);
              files.rlim_cur = 1024;
              ::setrlimit(RLIMIT_NOFILE, &files);
              auto const told = lack_of_descriptors(1000);
              bool const right = told && told->starts_with("1024 files may be open") && told->contains("need 2100");
              std::_Exit(right && !lack_of_descriptors(462) ? 5 : 4);
          }) == 5);
}

TEST_CASE("signals that ask to stop are heard while a reload takes its time") {
    CHECK(exit_code_of([] {
              std::promise<void> reloading;
              std::promise<void> stopped;
              Signals signals;
              signals.attend({.stop = [&] { stopped.set_value(); },
                              .reload =
                                  [&] {
                                      reloading.set_value();
                                      stopped.get_future().wait();
                                      std::_Exit(5);
                                  }});
              ::kill(::getpid(), SIGHUP);
              reloading.get_future().wait();
              ::kill(::getpid(), SIGTERM);
              wait_for_end();
          }) == 5);
}

TEST_CASE("however often a reload is asked for while one runs, one more follows") {
    CHECK(exit_code_of([] {
              std::promise<void> reloading;
              std::promise<void> go_on;
              std::promise<void> again;
              int count = 0;  // of the thread that reloads
              auto const reload = [&] {
                  if (++count == 2) return again.set_value();
                  reloading.set_value();
                  go_on.get_future().wait();
              };
              {
                  std::promise<void> stopped;
                  Signals signals;
                  signals.attend({.stop = [&] { stopped.set_value(); }, .reload = reload});
                  ::kill(::getpid(), SIGHUP);
                  reloading.get_future().wait();
                  ::kill(::getpid(), SIGHUP);
                  ::kill(::getpid(), SIGHUP);
                  ::kill(::getpid(), SIGTERM);
                  stopped.get_future().wait();  // SIGHUP comes first: it has the lower number
                  go_on.set_value();
                  again.get_future().wait();
              }
              std::_Exit(count == 2 ? 5 : 4);
          }) == 5);
}

TEST_CASE("core dumps are forbidden unless they are allowed, and descriptors raised to the hard limit") {
    auto const scene = [](CoreDumps core_dumps) {
        return [core_dumps] {
            rlimit core{};
            rlimit files{};
            ::getrlimit(RLIMIT_NOFILE, &files);
            files.rlim_cur = 64;
            ::setrlimit(RLIMIT_NOFILE, &files);
            prepare_process(core_dumps);
            ::getrlimit(RLIMIT_CORE, &core);
            ::getrlimit(RLIMIT_NOFILE, &files);
            bool const forbidden = core.rlim_max == 0 && ::prctl(PR_GET_DUMPABLE) == 0;
            bool const ignored = std::signal(SIGPIPE, SIG_DFL) == SIG_IGN;
            std::_Exit((forbidden ? 1 : 0) + (files.rlim_cur == files.rlim_max ? 2 : 0) + (ignored ? 4 : 0));
        };
    };
    CHECK(exit_code_of(scene(CoreDumps::forbidden)) == 7);
    CHECK(exit_code_of(scene(CoreDumps::allowed)) == 6);
}

}  // namespace tollgate::process_test
