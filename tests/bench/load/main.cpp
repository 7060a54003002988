// The clients of the benchmark: `bench_load requests|streams|idle --port P [...]`; load/options.hpp has the rest. One
// thread; prints one line of JSON.
#include "bench/load/idle.hpp"
#include "bench/load/options.hpp"
#include "bench/load/requests.hpp"
#include "bench/load/streams.hpp"

#include <csignal>
#include <cstdio>

#include <sys/prctl.h>

int main(int count, char** arguments) {
    auto const options = bench::read_options(count, arguments);
    std::signal(SIGPIPE, SIG_IGN);
    ::prctl(PR_SET_TIMERSLACK, 1UL);  // requests go out when they are due
    if (options.mode == "requests") bench::Requests(options).run();
    else if (options.mode == "streams") bench::Streams(options).run();
    else if (options.mode == "idle") bench::Idle(options).run();
    else return std::fprintf(stderr, "bench_load: no mode %s\n", options.mode.c_str()), 2;
    return 0;
}
