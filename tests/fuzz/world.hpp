// One worker of a gateway on the calling thread, between a client and the connections to a service that are all
// in memory: socket pairs whose other ends the caller plays. No time passes and nothing waits: pump() moves what can be
// moved. Made once, since it costs threads; every play() begins with fresh connections.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace tollgate::fuzz {

// The other end of a socket pair.
class Peer {
public:
    Peer() = default;
    explicit Peer(int descriptor) : descriptor_(descriptor) {}
    Peer(Peer&& other) noexcept;
    Peer& operator=(Peer&& other) noexcept;
    ~Peer() { close(); }

    void send(std::string_view bytes);
    bool receive();  // what has come, into `received`; false when nothing has
    void finish_sending();
    void close();

    std::string received;

private:
    int descriptor_ = -1;
};

// The connections of one run.
struct Play {
    static constexpr std::size_t most_origins = 3;

    Peer client;
    std::array<Peer, most_origins> origins;  // in the order in which they are taken from the pool
    std::size_t speaking = 0;                // the origin that was asked last
};

class World {
public:
    static constexpr std::string_view user_id = "7";      // whose token the seeds hold
    static constexpr std::size_t most_open_bytes = 1024;  // of a body on the open route

    World();
    World(World const&) = delete;
    World& operator=(World const&) = delete;
    ~World();

    [[nodiscard]] Play begin();

    // Lets the gateway and both peers go on until nothing moves.
    void pump(Play& play);

    // Both peers go away; true when the gateway's connection has ended then.
    [[nodiscard]] bool end(Play& play);

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace tollgate::fuzz
