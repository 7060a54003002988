// What the load generator is told on its command line.
#pragma once

#include "bench/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bench {

enum class Reuse { keep_alive, new_connections };
enum class Transport { plain, tls };

struct Options {
    std::string mode;  // requests, streams, idle
    std::uint16_t port = 0;
    Transport transport = Transport::plain;
    std::size_t connections = 64;
    nanoseconds_t warmup_ns = second_ns / 5;
    nanoseconds_t measured_ns = second_ns;
    std::string method = "POST";
    std::string path = "/generate";
    std::string content_type = "application/json";
    std::uint64_t body_bytes = 27;
    std::vector<std::string> tokens;  // used in turn
    std::size_t first_token = 0;
    std::vector<std::string> bodies;  // used in turn, instead of `body_bytes`
    int status = 200;                 // that every answer must have
    Reuse reuse = Reuse::keep_alive;
    double rate = 0;             // requests a second in an open loop; 0: each connection asks again at once
    std::vector<pid_t> clocked;  // processes whose processor time is read
};

// Ends the program with exit code 2 and a line when it makes no sense.
[[nodiscard]] Options read_options(int count, char** arguments);

}  // namespace bench
