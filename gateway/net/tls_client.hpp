// What is needed to speak TLS to a server: who is believed (authorities, or nobody is asked for anything), our own
// certificate, the rules of the protocol. A context is immutable and shared by whoever has the same files; a target is
// one server as one worker sees it: its name, and the sessions that can be resumed there. A session is never offered to
// another server, nor under another context. A connection keeps the target that it began with.
#pragma once

#include "net/tls_rules.hpp"

#include <openssl/types.h>

#include <cstddef>
#include <deque>
#include <expected>
#include <memory>
#include <string>
#include <utility>

namespace tollgate::net {

struct TlsClientOptions {
    std::string ca;           // PEM: believed to the letter, an authority in between or the server's own too
    std::string certificate;  // PEM: our own, then those between it and the root; empty: none
    std::string key;          // PEM, without a passphrase
    bool verify = true;       // false: whoever answers
    TlsVersion least = TlsVersion::tls_1_2;

    bool operator==(TlsClientOptions const&) const = default;
};

class TlsClientContext {
public:
    // Reads the files; without `ca` the system's. The error is a sentence: a file that cannot be read or is not what it
    // should be, a key that does not fit.
    [[nodiscard]] static std::expected<std::shared_ptr<TlsClientContext const>, std::string> create(
        TlsClientOptions const& options);

    TlsClientContext(TlsClientContext const&) = delete;
    TlsClientContext& operator=(TlsClientContext const&) = delete;
    ~TlsClientContext() = default;

    [[nodiscard]] SSL_CTX* get() const noexcept { return context_.get(); }

private:
    explicit TlsClientContext(TlsContextPtr context) : context_(std::move(context)) {}

    TlsContextPtr context_;
};

// Not thread-safe.
class TlsTarget {
public:
    static constexpr std::size_t most_sessions = 4;

    // `name`: of a host, or an address literal; what the certificate must be for.
    TlsTarget(std::shared_ptr<TlsClientContext const> context, std::string name);

    [[nodiscard]] TlsClientContext const& context() const noexcept { return *context_; }
    [[nodiscard]] std::string const& name() const noexcept { return name_; }

    // Has `session`, of this context, ask for the name and offer what can be resumed; what the server gives it to be
    // resumed is kept. Outlives it. False when OpenSSL cannot.
    [[nodiscard]] bool prepare(SSL* session);

    void keep(TlsStatePtr session);
    void forget() noexcept { sessions_.clear(); }

private:
    [[nodiscard]] TlsStatePtr take();

    std::shared_ptr<TlsClientContext const> context_;
    std::string name_;
    std::deque<TlsStatePtr> sessions_;  // the freshest at the end
};

}  // namespace tollgate::net
