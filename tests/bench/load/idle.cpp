#include "bench/load/idle.hpp"

#include <cstdio>
#include <cstdlib>

#include <unistd.h>

namespace bench {
namespace {

constexpr std::size_t most_at_once = 64;
constexpr nanoseconds_t patience_ns = 60 * second_ns;

}  // namespace

void Idle::run() {
    std::size_t opened = 0;
    for (auto const deadline = now_ns() + patience_ns; answered_ < options_.connections;) {
        while (opened < options_.connections && opened - answered_ < most_at_once)
            loop_.open(loop_.connections()[opened++]);
        loop_.turn(deadline);
        if (now_ns() < deadline) continue;
        std::fprintf(stderr, "bench_load: only %zu connections in 60 s\n", answered_);
        std::exit(1);
    }
    std::printf("ready\n");
    std::fflush(stdout);
    char byte = 0;
    while (::read(STDIN_FILENO, &byte, 1) > 0) {
    }
    loop_.turn(now_ns() + second_ns / 100);  // hears of connections that were closed meanwhile
}

void Idle::on_ready(Connection& connection) {
    connection.out = "GET " + options_.path + " HTTP/1.1\r\nHost: bench.example\r\n";
    if (!options_.tokens.empty()) {
        auto const& token = options_.tokens[connection.index % options_.tokens.size()];
        connection.out += "Authorization: Bearer " + token + "\r\n";
    }
    connection.out += "\r\n";
    loop_.send(connection);
}

void Idle::on_answer(Connection& connection) {
    if (connection.status == options_.status) {
        ++answered_;
        return;
    }
    std::fprintf(stderr, "bench_load: status %d\n", connection.status);
    std::exit(1);
}

void Idle::on_lost(Connection&) {
    std::fprintf(stderr, "bench_load: an idle connection was closed\n");
    std::exit(1);
}

}  // namespace bench
