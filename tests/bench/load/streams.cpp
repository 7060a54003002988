#include "bench/load/streams.hpp"

#include <cstdio>
#include <cstdlib>

namespace bench {
namespace {

constexpr std::string_view event_begin = "data: ";
constexpr nanoseconds_t patience_ns = 10 * second_ns;

}  // namespace

void Streams::run() {
    for (auto& connection : loop_.connections()) loop_.open(connection);
    for (auto const deadline = now_ns() + patience_ns; begun_ < options_.connections;) {
        loop_.turn(deadline);
        if (now_ns() < deadline) continue;
        std::fprintf(stderr, "bench_load: only %zu streams in 10 s\n", begun_);
        std::exit(1);
    }
    run_until(now_ns() + options_.warmup_ns);
    report_.begin(now_ns());
    run_until(now_ns() + options_.measured_ns);
    report_.end(now_ns());
    report_.print();
}

void Streams::run_until(nanoseconds_t end) {
    while (now_ns() < end) loop_.turn(end);
}

void Streams::on_ready(Connection& connection) {
    connection.out = "GET " + options_.path + " HTTP/1.1\r\nHost: bench.example\r\nAccept: text/event-stream\r\n";
    if (!options_.tokens.empty()) {
        auto const& token = options_.tokens[(options_.first_token + connection.index) % options_.tokens.size()];
        connection.out += "Authorization: Bearer " + token + "\r\n";
    }
    connection.out += "\r\n";
    loop_.send(connection);
}

void Streams::on_body(Connection& connection, std::string_view piece) {
    auto& text = texts_[connection.index];
    text += piece;
    for (;;) {
        auto const end = text.find("\n\n");
        if (end == std::string::npos) break;
        auto const begin = text.find(event_begin);
        if (begin < end) {
            auto const sent_at = number(std::string_view(text).substr(begin + event_begin.size(), 20));
            report_.count(now_ns() - static_cast<nanoseconds_t>(sent_at));
        }
        text.erase(0, end + 2);
        if (connection.intended == 0) ++begun_, connection.intended = 1;
    }
}

void Streams::on_answer(Connection& connection) {
    std::fprintf(stderr, "bench_load: a stream ended, status %d\n", connection.status);
    std::exit(1);
}

void Streams::on_lost(Connection&) {
    std::fprintf(stderr, "bench_load: a stream was lost\n");
    std::exit(1);
}

}  // namespace bench
