// Requests on a number of connections. Closed loop: each connection asks again as soon as it has its answer. Open loop:
// requests are due at a fixed rate, whatever the answers do, and their latency counts from when they were due.
#pragma once

#include "bench/load/connection.hpp"
#include "bench/load/report.hpp"

#include <deque>
#include <string>
#include <vector>

namespace bench {

class Requests : public Traffic {
public:
    explicit Requests(Options const& options);

    void run();

    void on_ready(Connection& connection) override;
    void on_sent(Connection& connection, std::size_t body_bytes) override;
    void on_body(Connection& connection, std::string_view piece) override;
    void on_answer(Connection& connection) override;
    void on_lost(Connection& connection) override;

private:
    void connect_all();
    void run_until(nanoseconds_t end);
    void release_due();
    void ask(Connection& connection, nanoseconds_t intended);
    void write_request(Connection& connection);
    void next(Connection& connection);

    Options const& options_;
    Report report_;
    Loop loop_;
    std::string before_token_;
    std::string small_body_;
    std::size_t token_;
    std::size_t body_ = 0;
    std::size_t ready_ = 0;  // connections, until all are
    bool begun_ = false;
    nanoseconds_t gap_ = 0;  // between two requests of the open loop
    nanoseconds_t due_ = 0;
    std::vector<Connection*> free_;
    std::deque<nanoseconds_t> waiting_;  // due, and no connection is free
};

}  // namespace bench
