// Connections that each have had one request and then do nothing. Says `ready` when that is so, and holds them until
// its standard input ends.
#pragma once

#include "bench/load/connection.hpp"

#include <cstddef>
#include <string>

namespace bench {

class Idle : public Traffic {
public:
    explicit Idle(Options const& options) : options_(options), loop_(options, *this) {}

    void run();

    void on_ready(Connection& connection) override;
    void on_body(Connection&, std::string_view) override {}
    void on_answer(Connection& connection) override;
    void on_lost(Connection& connection) override;

private:
    Options const& options_;
    Loop loop_;
    std::size_t answered_ = 0;
};

}  // namespace bench
