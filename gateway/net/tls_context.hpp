// What a listener needs to speak TLS: its certificates with their keys, which of them a client gets that asks for a
// name (SNI), and the rules of the protocol: TLS 1.2 and 1.3, forward secrecy, HTTP/1.1 only (ALPN), no renegotiation,
// no compression, no early data, sessions kept by the clients alone (tickets). Immutable and shared by all workers;
// replaced as a whole when a file changes. A connection keeps the one it began with.
#pragma once

#include "net/ticket_keys.hpp"
#include "net/tls_rules.hpp"

#include <openssl/types.h>

#include <cstddef>
#include <expected>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::net {

enum class ClientCertificate { none, optional, required };

struct TlsOptions {
    std::vector<CertificateFiles> certificates;  // the first is for clients that ask for an unknown name or for none
    TlsVersion least = TlsVersion::tls_1_2;
    std::string client_ca;  // PEM: who may have signed a client's certificate
    ClientCertificate client_certificate = ClientCertificate::none;
};

class TlsContext {
public:
    // Why there is none: a sentence, and which certificate of the options it is about.
    struct Problem {
        static constexpr std::size_t client_ca = static_cast<std::size_t>(-1);
        std::size_t certificate;
        std::string what;
    };

    // Reads the files. Problems: one that cannot be read or is not what it should be, a key that does not fit.
    [[nodiscard]] static std::expected<std::shared_ptr<TlsContext const>, Problem> create(
        TlsOptions const& options, std::shared_ptr<TicketKeys> tickets);

    TlsContext(TlsContext const&) = delete;
    TlsContext& operator=(TlsContext const&) = delete;
    ~TlsContext();

    // That of the first certificate, with which every handshake begins.
    [[nodiscard]] SSL_CTX* first() const noexcept { return contexts_.front().get(); }

    // That of the certificate for `name`, which a client asked for: exact names win over `*.`.
    [[nodiscard]] SSL_CTX* for_name(std::string_view name) const;

    [[nodiscard]] TicketKeys& tickets() const noexcept { return *tickets_; }

private:
    explicit TlsContext(std::shared_ptr<TicketKeys> tickets) : tickets_(std::move(tickets)) {}
    [[nodiscard]] std::expected<void, std::string> add(CertificateFiles const& files, TlsOptions const& options);
    [[nodiscard]] std::expected<void, std::string> ask_for_client_certificate(TlsOptions const& options);

    std::shared_ptr<TicketKeys> tickets_;
    std::vector<TlsContextPtr> contexts_;
    std::map<std::string, SSL_CTX*, std::less<>> by_name_;  // lower case
};

}  // namespace tollgate::net
