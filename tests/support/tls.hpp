// TLS for tests: certificates made on the spot, and a client that speaks it over a blocking socket.
#pragma once

#include "support/socket.hpp"
#include "support/temp_folder.hpp"

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::testing {

// Both in PEM.
struct CertifiedKey {
    std::string certificate;
    std::string key;
};

enum class Validity { now, expired };

// A certificate for `name`, which may be an IPv4 address, signed by `authority`, or by itself: then it can be one.
CertifiedKey certify(std::string const& name, CertifiedKey const* authority = nullptr,
                     Validity validity = Validity::now);

// Two files of `folder`, replaced as a whole each: NAME.pem and NAME.key.
void write_pair(TempFolder const& folder, std::string const& name, CertifiedKey const& pair);

struct FreeTls {
    void operator()(SSL* session) const noexcept;
    void operator()(SSL_CTX* context) const noexcept;
    void operator()(SSL_SESSION* session) const noexcept;
};
using SessionPtr = std::unique_ptr<SSL_SESSION, FreeTls>;

struct TlsAsk {
    std::string name;  // SNI; empty: none
    int least = 0;     // TLS1_2_VERSION, ...
    int most = 0;
    std::string alpn;                   // one protocol
    SSL_SESSION* session = nullptr;     // to be resumed
    CertifiedKey const* own = nullptr;  // shown when asked for
    char const* address = "127.0.0.1";
};

class TlsSocket final : public Socket {
public:
    // Connects and shakes hands; throws when that fails.
    explicit TlsSocket(std::uint16_t port, TlsAsk const& ask = {});

    // Shakes hands on a socket that is connected.
    TlsSocket(Socket&& connected, TlsAsk const& ask);

    bool try_send(std::string_view bytes) override;
    void say_goodbye();           // close_notify, and nothing after it
    bool renegotiate();           // whether the peer did; TLS 1.2
    bool update_keys(int times);  // TLS 1.3; false when the peer broke off meanwhile
    bool update_key();            // false when the peer is gone; TLS 1.3

    [[nodiscard]] std::string name_of_peer() const;  // in its certificate
    [[nodiscard]] bool resumed() const;
    [[nodiscard]] SessionPtr session() const;
    [[nodiscard]] std::string protocol() const;                              // of ALPN
    [[nodiscard]] bool was_ended() const noexcept { return ended_; }         // by close_notify
    [[nodiscard]] std::size_t records() const noexcept { return records_; }  // of data, that came

private:
    bool receive() override;
    static void count(int writes, int version, int type, void const* bytes, std::size_t size, SSL* session, void* self);

    std::unique_ptr<SSL_CTX, FreeTls> context_;
    std::unique_ptr<SSL, FreeTls> session_;
    bool ended_ = false;
    std::size_t records_ = 0;
};

struct TlsServe {
    CertifiedKey own;
    CertifiedKey const* clients = nullptr;  // who must have signed a certificate that a client must show
    int least = 0;                          // TLS1_2_VERSION, ...
    int most = 0;
    std::string alpn{};       // that is answered, whatever was offered; empty: none
    std::size_t tickets = 2;  // after a handshake of TLS 1.3
};

// A connection of a client that shook hands.
class TlsPeer final : public Socket {
public:
    TlsPeer(Socket&& accepted, std::unique_ptr<SSL, FreeTls> session);
    bool try_send(std::string_view bytes) override;
    void say_goodbye();  // close_notify
    void send_ticket();  // of TLS 1.3, now
    [[nodiscard]] bool resumed() const;
    [[nodiscard]] bool was_ended() const noexcept { return ended_; }  // by close_notify

private:
    bool receive() override;

    std::unique_ptr<SSL, FreeTls> session_;
    bool ended_ = false;
};

// What an origin needs to speak TLS, for all of its connections.
class TlsServer {
public:
    explicit TlsServer(TlsServe const& serve);

    // Shakes hands; throws when that fails.
    [[nodiscard]] TlsPeer accept(Socket&& connected);

    [[nodiscard]] std::size_t handshakes() const;  // that were good
    [[nodiscard]] std::size_t resumed() const;
    [[nodiscard]] std::vector<std::string> names() const;  // that were asked for, "" where none was

private:
    static int answer_alpn(SSL*, unsigned char const** chosen, unsigned char* size, unsigned char const*, unsigned,
                           void* self);

    std::string alpn_;
    std::unique_ptr<SSL_CTX, FreeTls> context_;
    mutable std::mutex lock_;  // guards the two below
    std::vector<std::string> names_;
    std::size_t resumed_ = 0;
};

}  // namespace tollgate::testing
