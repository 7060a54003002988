// The key that tokens are signed with, made ready for HMAC once: a check pays for the token's own bytes alone (no key
// schedule, no lookup of the digest). Every worker asks it at once, without a lock: each has a context lying ready, and
// whoever finds none makes one.
#pragma once

#include "auth/token.hpp"
#include "base/error.hpp"
#include "base/metrics.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace tollgate::auth {

class Keyring {
public:
    // `key`: the bytes of the secret as they are written. Throws std::runtime_error when OpenSSL lacks the digest:
    // nothing can go on then.
    Keyring(Algorithm algorithm, std::string_view key);
    Keyring(Keyring const&) = delete;
    Keyring& operator=(Keyring const&) = delete;
    ~Keyring();

    // Whether `signature`, in base64url, is this key's for `signed_text`; compared in constant time. errc::bad_token
    // when it is no strict base64url, errc::bad_signature when it is another.
    [[nodiscard]] Result<void> check(std::string_view signed_text, std::string_view signature) const;

private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const noexcept;
    };
    using Context = std::unique_ptr<evp_md_ctx_st, Free>;
    using Digest = std::array<char, most_digest_bytes>;

    [[nodiscard]] Context take() const;  // null when OpenSSL has no memory
    void put_back(Context context) const noexcept;
    [[nodiscard]] bool sign(std::string_view text, Digest& into) const;

    struct alignas(64) Place {
        std::atomic<evp_md_ctx_st*> spare{nullptr};
    };

    std::size_t digest_bytes_;
    // Both have hashed a block made of the key (RFC 2104, section 4), and are only ever copied.
    Context inner_;
    Context outer_;
    mutable std::array<Place, metrics::shard_count> places_;
};

}  // namespace tollgate::auth
