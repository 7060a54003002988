#include "bench/load/requests.hpp"

#include <cstdio>
#include <cstdlib>

namespace bench {
namespace {

constexpr std::uint64_t most_small_bytes = 64 * 1024;
constexpr std::uint64_t most_failures = 1000;
constexpr nanoseconds_t patience_ns = 10 * second_ns;

}  // namespace

Requests::Requests(Options const& options)
    : options_(options),
      report_(options),
      loop_(options, *this),
      before_token_(options.method + " " + options.path + " HTTP/1.1\r\nHost: bench.example\r\nUser-Agent: bench\r\n"),
      token_(options.first_token) {
    if (options.method == "POST") before_token_ += "Content-Type: " + options.content_type + "\r\n";
    if (options.reuse == Reuse::new_connections) before_token_ += "Connection: close\r\n";
    if (options.body_bytes <= most_small_bytes) small_body_.assign(options.body_bytes, ' ');
    if (options.rate > 0) gap_ = static_cast<nanoseconds_t>(static_cast<double>(second_ns) / options.rate);
}

void Requests::run() {
    connect_all();
    begun_ = true;
    due_ = now_ns();
    for (auto& connection : loop_.connections()) {
        if (gap_) free_.push_back(&connection);
        else ask(connection, due_);
    }
    run_until(now_ns() + options_.warmup_ns);
    report_.begin(now_ns());
    run_until(now_ns() + options_.measured_ns);
    report_.end(now_ns());
    report_.print();
}

void Requests::connect_all() {
    if (options_.reuse == Reuse::new_connections) return;
    auto const deadline = now_ns() + patience_ns;
    for (auto& connection : loop_.connections()) loop_.open(connection);
    while (ready_ < loop_.connections().size()) {
        loop_.turn(deadline);
        if (now_ns() < deadline) continue;
        std::fprintf(stderr, "bench_load: only %zu connections in 10 s\n", ready_);
        std::exit(1);
    }
}

void Requests::run_until(nanoseconds_t end) {
    while (now_ns() < end) {
        if (gap_) release_due();
        loop_.turn(gap_ ? std::min(end, due_) : end);
        if (report_.failures() < most_failures) continue;
        report_.end(now_ns());
        return report_.print(), std::exit(1);
    }
}

void Requests::release_due() {
    for (auto const now = now_ns(); due_ <= now; due_ += gap_) {
        if (free_.empty()) {
            waiting_.push_back(due_);
            continue;
        }
        auto& connection = *free_.back();
        free_.pop_back();
        ask(connection, due_);
    }
}

void Requests::ask(Connection& connection, nanoseconds_t intended) {
    connection.intended = intended;
    if (options_.reuse == Reuse::new_connections || connection.descriptor < 0) return loop_.open(connection);
    write_request(connection);
}

void Requests::on_ready(Connection& connection) {
    if (begun_) write_request(connection);
    else ++ready_;
}

void Requests::write_request(Connection& connection) {
    auto& out = connection.out;
    out = before_token_;
    if (!options_.tokens.empty()) {
        out += "Authorization: Bearer ";
        out += options_.tokens[token_++ % options_.tokens.size()];
        out += "\r\n";
    }
    std::string_view body = small_body_;
    if (!options_.bodies.empty()) body = options_.bodies[body_++ % options_.bodies.size()];
    if (options_.method == "POST") {
        bool const is_large = options_.bodies.empty() && options_.body_bytes > most_small_bytes;
        out += "Content-Length: " + std::to_string(is_large ? options_.body_bytes : body.size()) + "\r\n\r\n";
        out += body;
        connection.filler_left = is_large ? options_.body_bytes : 0;
    } else {
        out += "\r\n";
    }
    loop_.send(connection);
}

void Requests::on_sent(Connection&, std::size_t body_bytes) { report_.count_sent(body_bytes); }

void Requests::on_body(Connection&, std::string_view piece) { report_.count_received(piece.size()); }

void Requests::on_answer(Connection& connection) {
    if (connection.status == options_.status) report_.count(now_ns() - connection.intended);
    else report_.count_unexpected(connection.status);
    if (connection.peer_closes) loop_.close(connection);
    next(connection);
}

void Requests::on_lost(Connection& connection) {
    report_.count_lost();
    if (begun_) return next(connection);
    std::fprintf(stderr, "bench_load: connection refused\n");
    std::exit(1);
}

void Requests::next(Connection& connection) {
    if (!gap_) return ask(connection, now_ns());
    if (waiting_.empty()) return free_.push_back(&connection);
    auto const intended = waiting_.front();
    waiting_.pop_front();
    ask(connection, intended);
}

}  // namespace bench
