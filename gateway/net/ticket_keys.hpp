// The keys that TLS session tickets are sealed with (RFC 5077, section 4): made here, never written anywhere, and
// another one every hour. The one before still opens what it sealed, which is as long as a ticket is good. Thread-safe:
// one lock, taken once or twice a handshake.
#pragma once

#include "base/clock.hpp"

#include <openssl/types.h>

#include <array>
#include <chrono>
#include <mutex>
#include <optional>
#include <span>

namespace tollgate::net {

struct TicketKey {
    std::array<unsigned char, 16> name{};  // stands in the ticket, in the clear
    std::array<unsigned char, 32> cipher{};
    std::array<unsigned char, 32> mac{};
};

class TicketKeys {
public:
    static constexpr std::chrono::hours life{1};

    explicit TicketKeys(steady_time now);
    TicketKeys(TicketKeys const&) = delete;
    TicketKeys& operator=(TicketKeys const&) = delete;
    ~TicketKeys();  // wipes

    // The key to seal with.
    [[nodiscard]] TicketKey current(steady_time now);

    // The key that a ticket names; nothing when it is no longer known.
    [[nodiscard]] std::optional<TicketKey> find(std::span<unsigned char const, 16> name, steady_time now);

private:
    void rotate(steady_time now);

    std::mutex lock_;  // guards the rest
    TicketKey current_;
    std::optional<TicketKey> previous_;
    steady_time made_;
};

// Two of the answers below.
inline constexpr int ticket_is_good = 1;
inline constexpr int ticket_is_good_but_old = 2;  // the client gets a new one

// OpenSSL's call for a ticket to be sealed (`sealing` is 1) or opened, with keys of `keys`; its answer to OpenSSL.
[[nodiscard]] int use_ticket_key(TicketKeys& keys, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                                 EVP_MAC_CTX* mac, int sealing);

}  // namespace tollgate::net
