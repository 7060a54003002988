// One connection's TLS, as a server or as a client, on a non-blocking descriptor: OpenSSL reads and writes there by way
// of TlsWire, and nothing here waits. Where a step cannot go on, read_wants() or write_wants() says what the descriptor
// must be ready for; that may be reading for a write and the other way round. Not thread-safe.
#pragma once

#include "base/error.hpp"
#include "net/gather.hpp"
#include "net/tls_client.hpp"
#include "net/tls_context.hpp"
#include "net/tls_wire.hpp"

#include <openssl/types.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace tollgate::net {

// How a handshake ended, as it is counted.
enum class TlsHandshake {
    full,
    resumed,
    timed_out,
    peer_gone,
    plain_http,
    old_version,
    nothing_in_common,   // no cipher, group or protocol (ALPN)
    client_certificate,  // missing or not good
    failed,
    cancelled,
};
inline constexpr std::size_t tls_handshake_results = static_cast<std::size_t>(TlsHandshake::cancelled) + 1;

[[nodiscard]] std::string_view word_for(TlsHandshake result) noexcept;
[[nodiscard]] constexpr bool is_good(TlsHandshake result) noexcept { return result <= TlsHandshake::resumed; }

class TlsSession {
public:
    enum class Want { nothing, reading, writing };
    enum class Step { done, waits, failed };

    // `context` outlives the session. Null when there is no memory.
    [[nodiscard]] static std::unique_ptr<TlsSession> accept(TlsContext const& context, Socket& socket);

    // As a client: asks for the name of `target`, which the certificate must be for, and offers what can be resumed.
    // Null when there is no memory; a name that cannot be asked for is the problem() of a handshake that fails.
    [[nodiscard]] static std::unique_ptr<TlsSession> connect(std::shared_ptr<TlsTarget> target, Socket& socket);

    TlsSession(TlsSession const&) = delete;
    TlsSession& operator=(TlsSession const&) = delete;
    ~TlsSession();

    // One step of the handshake, which comes before everything else. What it came to is result(), once it has ended.
    [[nodiscard]] Step shake_hands();
    [[nodiscard]] TlsHandshake result() const noexcept { return result_; }

    // As a client: why the server was not believed, or did not believe us; empty when that is not so. It may find out
    // about our certificate after the handshake (TLS 1.3): then the first read brings errc::upstream_tls.
    [[nodiscard]] std::string_view problem() const noexcept { return problem_; }

    // As those of Stream. A peer that broke off without close_notify did not end: connection_reset.
    [[nodiscard]] Result<std::size_t> read_some(std::span<char> into);
    [[nodiscard]] Result<std::size_t> write_some(Gather& gather);

    // Whether there may be something to be read that the descriptor no longer shows.
    [[nodiscard]] bool has_unread() const noexcept;

    // Whether something was read from the descriptor that nobody has looked at: half a record, or more.
    [[nodiscard]] bool has_half_a_record() const noexcept;

    // What came from the peer without a read: nothing yet, something that is still to be read, or its end.
    enum class Heard { nothing, something, end };
    [[nodiscard]] Heard listen();

    // Sends close_notify. It waits when the descriptor takes nothing, and fails when something is half sent: what was
    // cut must not look complete.
    [[nodiscard]] Step say_goodbye();

    [[nodiscard]] Want read_wants() const noexcept { return read_wants_; }
    [[nodiscard]] Want write_wants() const noexcept { return write_wants_; }

private:
    struct Free {
        void operator()(SSL* session) const noexcept;
    };
    TlsSession(SSL* session, Socket& socket, TlsWire::Role role) : wire_(socket, role), session_(session) {}
    static void watch_alerts(SSL const* session, int where, int value);

    [[nodiscard]] static std::unique_ptr<TlsSession> begin(SSL_CTX* context, Socket& socket, TlsWire::Role role);
    [[nodiscard]] Step shaken();
    [[nodiscard]] errc broken_by(unsigned long error);
    [[nodiscard]] Result<std::size_t> moved(int outcome, std::size_t count, Want& wants);
    [[nodiscard]] Result<std::size_t> write_record(std::string_view plain);

    // What was offered when OpenSSL had sealed a record of it that the descriptor did not take whole: the same must be
    // offered again.
    struct HalfSent {
        void const* begin = nullptr;
        std::size_t bytes = 0;
        bool operator==(HalfSent const&) const = default;
    };

    TlsWire wire_;  // outlives the session
    std::unique_ptr<SSL, Free> session_;
    std::shared_ptr<TlsTarget> target_;  // null: a server
    std::string_view problem_;           // static text
    bool heard_ = false;                 // data of the peer was read
    Want read_wants_ = Want::reading;
    Want write_wants_ = Want::writing;
    bool starved_ = false;  // what was read from the descriptor and not looked at is less than a record
    HalfSent half_sent_;
    TlsHandshake result_ = TlsHandshake::failed;
    bool broken_ = false;  // OpenSSL must not be called again
};

}  // namespace tollgate::net
