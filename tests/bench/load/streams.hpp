// Streams of server-sent events that go on until the end: how long each event was under way, from its own word on when
// it was sent.
#pragma once

#include "bench/load/connection.hpp"
#include "bench/load/report.hpp"

#include <string>
#include <vector>

namespace bench {

class Streams : public Traffic {
public:
    explicit Streams(Options const& options)
        : options_(options), report_(options), loop_(options, *this), texts_(options.connections) {}

    void run();

    void on_ready(Connection& connection) override;
    void on_body(Connection& connection, std::string_view piece) override;
    void on_answer(Connection& connection) override;
    void on_lost(Connection& connection) override;

private:
    void run_until(nanoseconds_t end);

    Options const& options_;
    Report report_;
    Loop loop_;
    std::vector<std::string> texts_;  // of the event that is arriving, by connection
    std::size_t begun_ = 0;           // streams that had an event
};

}  // namespace bench
