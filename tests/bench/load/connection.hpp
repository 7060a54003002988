// One client connection, plain or TLS, on a non-blocking socket; and the loop that drives many of them with one
// edge-triggered epoll. What the traffic is, requests or streams, says whoever implements Traffic.
#pragma once

#include "bench/clock.hpp"
#include "bench/http_text.hpp"
#include "bench/load/options.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

struct ssl_st;
struct ssl_ctx_st;

namespace bench {

struct Connection {
    std::size_t index = 0;
    int descriptor = -1;
    ssl_st* tls = nullptr;
    bool ready = false;             // connected, and the handshake is done
    std::string out;                // not yet sent
    std::uint64_t filler_left = 0;  // bytes of a large body that follow `out`
    std::string head;               // of the answer that is arriving
    BodyReader body;
    bool head_read = false;
    int status = 0;
    bool peer_closes = false;    // said so in its last answer
    nanoseconds_t intended = 0;  // when its request should have gone out
};

class Traffic {
public:
    virtual ~Traffic() = default;
    virtual void on_ready(Connection&) = 0;
    virtual void on_sent(Connection&, std::size_t /*body_bytes*/) {}  // of a large body
    virtual void on_body(Connection&, std::string_view piece) = 0;
    virtual void on_answer(Connection&) = 0;  // complete; it may open the connection anew
    virtual void on_lost(Connection&) = 0;    // refused, or closed; the same
};

class Loop {
public:
    Loop(Options const& options, Traffic& traffic);

    [[nodiscard]] std::vector<Connection>& connections() noexcept { return connections_; }

    void open(Connection& connection);  // closes it first when it is open
    void close(Connection& connection);
    void send(Connection& connection);  // `out` and the filler, in a turn, or as soon as possible

    // Waits for events until then at most, and serves them: all that has come is read, then all that is to go is sent,
    // so that a proxy that is faster than the clients is not woken for each request alone.
    void turn(nanoseconds_t until);

private:
    struct Moved {
        std::size_t bytes = 0;
        bool broken = false;
    };
    [[nodiscard]] Moved read(Connection& connection);
    [[nodiscard]] Moved write(Connection& connection, std::string_view bytes);
    void drive(Connection& connection, std::uint32_t events);
    void send_all();
    void send_now(Connection& connection);
    [[nodiscard]] bool shake_hands(Connection& connection);
    void receive(Connection& connection);
    [[nodiscard]] bool take(Connection& connection, std::string_view input);
    void lose(Connection& connection);

    Options const& options_;
    Traffic& traffic_;
    ssl_ctx_st* context_ = nullptr;
    int epoll_;
    std::vector<Connection> connections_;
    std::vector<std::size_t> to_send_;  // by index; whoever has nothing to send by then sends nothing
    std::vector<char> input_;
    std::string filler_;
};

}  // namespace bench
