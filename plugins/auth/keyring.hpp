// The key that tokens are signed with, as an HMAC context that is prepared once: a check pays for the token's own bytes
// alone (no key schedule, no lookup of the digest, no memory). Every worker asks it at once, without a lock: each has a
// copy of the context lying ready, and whoever finds none makes one.
#pragma once

#include "auth/token.hpp"
#include "base/error.hpp"
#include "base/metrics.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <string_view>

struct evp_mac_ctx_st;  // OpenSSL's EVP_MAC_CTX

namespace tollgate::auth {

class Keyring {
public:
    // `key`: the bytes of the secret as they are written. Throws std::runtime_error when OpenSSL has no HMAC: nothing
    // can go on then.
    Keyring(Algorithm algorithm, std::string_view key);
    Keyring(Keyring const&) = delete;
    Keyring& operator=(Keyring const&) = delete;
    ~Keyring();

    // Whether `signature`, in base64url, is this key's for `signed_text`; compared in constant time. errc::bad_token
    // when it is no strict base64url, errc::bad_signature when it is another.
    [[nodiscard]] Result<void> check(std::string_view signed_text, std::string_view signature) const;

private:
    struct Free {
        void operator()(evp_mac_ctx_st* context) const noexcept;
    };
    using Context = std::unique_ptr<evp_mac_ctx_st, Free>;

    // One that is ready for a new text; null when OpenSSL has no memory.
    [[nodiscard]] Context take() const;
    void put_back(Context context) const noexcept;

    struct alignas(64) Place {
        std::atomic<evp_mac_ctx_st*> spare{nullptr};
    };

    std::size_t digest_bytes_;
    Context prepared_;  // only ever duplicated
    mutable std::array<Place, metrics::shard_count> places_;
};

}  // namespace tollgate::auth
