// TLS for tests: certificates made on the spot, and a client that speaks it over a blocking socket.
#pragma once

#include "support/socket.hpp"
#include "support/temp_folder.hpp"

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tollgate::testing {

// Both in PEM.
struct CertifiedKey {
    std::string certificate;
    std::string key;
};

// A certificate for `name`, signed by `authority`, or by itself: then it can be one.
CertifiedKey certify(std::string const& name, CertifiedKey const* authority = nullptr);

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
    void say_goodbye();  // close_notify, and nothing after it
    bool renegotiate();  // whether the peer did; TLS 1.2

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

}  // namespace tollgate::testing
