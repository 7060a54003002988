// What both sides of TLS have in common here: the rules of the protocol, and how certificates and keys come out of
// files. Errors are sentences that name the file.
#pragma once

#include <openssl/types.h>

#include <array>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct ssl_session_st;  // SSL_SESSION, which openssl/types.h lacks

namespace tollgate::net {

// A C library's object, and what gives it back.
template <auto release>
struct Release {
    template <class T>
    void operator()(T* held) const noexcept {
        release(held);
    }
};
struct FreeTls {
    void operator()(SSL_CTX* context) const noexcept;
    void operator()(ssl_session_st* session) const noexcept;
    void operator()(X509* certificate) const noexcept;
};
using TlsContextPtr = std::unique_ptr<SSL_CTX, FreeTls>;
using TlsStatePtr = std::unique_ptr<ssl_session_st, FreeTls>;
using CertificatePtr = std::unique_ptr<X509, FreeTls>;

struct CertificateFiles {
    std::string certificate;         // PEM: the certificate, then those between it and the root
    std::string key;                 // PEM, without a passphrase
    std::vector<std::string> names;  // empty: those in the certificate; `*.example.com` stands for one label
};

enum class TlsVersion { tls_1_2, tls_1_3 };

// The only protocol that is spoken over TLS, as ALPN writes it.
inline constexpr std::array<unsigned char, 9> http_1_1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

// TLS 1.2 and 1.3, forward secrecy, no renegotiation, no compression. True when OpenSSL took everything.
[[nodiscard]] bool set_common_rules(SSL_CTX* context, TlsVersion least);

// At most 1 MiB (base/file). Wiped by whoever reads a key from it. `what` it is, for the error.
[[nodiscard]] std::expected<std::string, std::string> read_tls_file(std::string const& file, std::string_view what);

// The certificates in a text of PEM.
[[nodiscard]] std::vector<CertificatePtr> read_certificates(std::string const& text);
[[nodiscard]] std::string no_certificates_in(std::string const& file);

// What `context` shows of itself; the key after the certificate.
[[nodiscard]] std::expected<void, std::string> use_certificate(SSL_CTX* context, CertificateFiles const& files);
[[nodiscard]] std::expected<void, std::string> use_key(SSL_CTX* context, CertificateFiles const& files);

}  // namespace tollgate::net
