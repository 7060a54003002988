// The descriptor of a TLS connection as OpenSSL sees it (a BIO), and what a peer may make it cost. OpenSSL itself goes
// on for as long as bytes come: one peer with records of one byte, or with updates of its key (RFC 8446, section
// 4.6.3), could keep a worker inside one call. Here a call gets a bounded share, and what a peer says that is of no use
// to anybody is bounded in all.
#pragma once

#include "net/socket.hpp"

#include <openssl/types.h>

#include <array>
#include <cstddef>
#include <span>

namespace tollgate::net {

class TlsWire {
public:
    enum class Role { client, server };

    static constexpr std::size_t most_of_handshake_step = 8 * 1024;  // of bytes, in one call
    static constexpr std::size_t most_of_step = 18 * 1024;           // later: a whole record
    static constexpr std::size_t most_useless = 64 * 1024;   // since the last byte that was of use, or the start
    static constexpr std::size_t most_of_hello = 16 * 1024;  // the first message of a client

    // `socket` outlives it.
    TlsWire(Socket& socket, Role role) noexcept : socket_(socket), waits_for_hello_(role == Role::server) {}
    TlsWire(TlsWire const&) = delete;
    TlsWire& operator=(TlsWire const&) = delete;
    ~TlsWire() = default;

    // Makes this what `session` reads and writes; it outlives the session. False when there is no memory.
    [[nodiscard]] bool attach_to(SSL* session);

    // Before each call of OpenSSL: how many bytes it may read.
    void allow(std::size_t bytes) noexcept {
        left_ = bytes;
        came_short_ = false;
    }

    // Whether a read of that call came to nothing.
    [[nodiscard]] bool came_short() const noexcept { return came_short_; }

    // Something came out of what was read: the peer's handshake is done, or there was a byte for the application.
    void was_useful() noexcept { useless_ = 0; }

    // Into the room that is given: the number of bytes, 0 at the end, less when there is nothing now or no more is
    // allowed (`again`) or the connection is not to be used any more (`broken`).
    static constexpr int again = -1;
    static constexpr int broken = -2;
    [[nodiscard]] int read(std::span<char> into) noexcept;

    [[nodiscard]] Socket& socket() noexcept { return socket_; }
    [[nodiscard]] bool at_end() const noexcept { return at_end_; }

    // Whether the connection is broken because of what the peer did, and not by its end.
    [[nodiscard]] bool refused() const noexcept { return refused_; }

private:
    [[nodiscard]] bool is_odd_hello(std::span<char const> bytes) noexcept;
    [[nodiscard]] int refuse() noexcept;

    Socket& socket_;
    std::size_t left_ = 0;
    std::size_t useless_ = 0;
    bool came_short_ = false;
    bool at_end_ = false;
    bool refused_ = false;
    bool waits_for_hello_;
    std::array<unsigned char, 9> hello_{};  // a record's head and that of the message in it
    std::size_t hello_bytes_ = 0;
};

}  // namespace tollgate::net
