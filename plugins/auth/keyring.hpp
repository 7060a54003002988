// The key that tokens are signed with, as an HMAC context that is prepared once: a check duplicates it and pays for
// the token's own bytes alone (no key schedule, no lookup of the digest). Immutable after construction, so every
// worker asks it at once, without a lock.
#pragma once

#include "auth/token.hpp"
#include "base/error.hpp"

#include <memory>
#include <string_view>

struct evp_mac_ctx_st;  // OpenSSL's EVP_MAC_CTX

namespace tollgate::auth {

class Keyring {
public:
    // `key`: the bytes of the secret as they are written. Throws std::runtime_error when OpenSSL has no HMAC: nothing
    // can go on then.
    Keyring(Algorithm algorithm, std::string_view key);

    // Whether `signature`, in base64url, is this key's for `signed_text`; compared in constant time. errc::bad_token
    // when it is no strict base64url, errc::bad_signature when it is another.
    [[nodiscard]] Result<void> check(std::string_view signed_text, std::string_view signature) const;

private:
    struct Free {
        void operator()(evp_mac_ctx_st* context) const noexcept;
    };
    using Context = std::unique_ptr<evp_mac_ctx_st, Free>;

    std::size_t digest_bytes_;
    Context prepared_;
};

}  // namespace tollgate::auth
