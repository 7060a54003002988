#include "auth/keyring.hpp"

#include "base/base64url.hpp"
#include "base/secret.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace tollgate::auth {
namespace {

constexpr std::size_t most_block_bytes = 128;

using DigestPtr = std::unique_ptr<EVP_MD, decltype([](EVP_MD* digest) { EVP_MD_free(digest); })>;

std::string digest_name(Algorithm algorithm) { return "SHA" + std::string(name_of(algorithm).substr(2)); }

unsigned char* bytes_of(std::array<char, most_digest_bytes>& digest) {
    return reinterpret_cast<unsigned char*>(digest.data());
}

// Hashes the rest of a text that `begun` has hashed the beginning of. The copy takes memory, which is less than hashing
// that beginning again.
bool finish(EVP_MD_CTX* context, EVP_MD_CTX const* begun, std::string_view rest,
            std::array<char, most_digest_bytes>& into) {
    return EVP_MD_CTX_copy_ex(context, begun) == 1 && EVP_DigestUpdate(context, rest.data(), rest.size()) == 1 &&
           EVP_DigestFinal_ex(context, bytes_of(into), nullptr) == 1;
}

}  // namespace

void Keyring::Free::operator()(evp_md_ctx_st* context) const noexcept { EVP_MD_CTX_free(context); }

Keyring::Keyring(Algorithm algorithm, std::string_view key)
    : digest_bytes_(digest_bytes(algorithm)), inner_(EVP_MD_CTX_new()), outer_(EVP_MD_CTX_new()) {
    DigestPtr const digest(EVP_MD_fetch(nullptr, digest_name(algorithm).c_str(), nullptr));
    auto const block_bytes = digest ? static_cast<std::size_t>(EVP_MD_get_block_size(digest.get())) : 0;
    bool ready = inner_ && outer_ && block_bytes > 0 && block_bytes <= most_block_bytes;
    std::array<char, most_block_bytes> block{};
    if (ready && key.size() > block_bytes) {
        auto* const hashed = reinterpret_cast<unsigned char*>(block.data());
        ready = EVP_Digest(key.data(), key.size(), hashed, nullptr, digest.get(), nullptr) == 1;
    } else if (ready) {
        std::ranges::copy(key, block.begin());
    }
    auto const begin = [&](EVP_MD_CTX* context, char pattern) {
        for (auto& byte : block) byte = static_cast<char>(byte ^ pattern);
        ready = ready && EVP_DigestInit_ex2(context, digest.get(), nullptr) == 1 &&
                EVP_DigestUpdate(context, block.data(), block_bytes) == 1;
    };
    begin(inner_.get(), 0x36);
    begin(outer_.get(), 0x36 ^ 0x5c);  // undoes the first pattern too
    OPENSSL_cleanse(block.data(), block.size());
    if (!ready) throw std::runtime_error("OpenSSL cannot prepare an HMAC key");
}

Keyring::~Keyring() {
    for (auto& place : places_) Context const spare(place.spare.exchange(nullptr, std::memory_order_acquire));
}

Keyring::Context Keyring::take() const {
    auto& place = places_[metrics::this_thread_shard()];
    Context spare(place.spare.exchange(nullptr, std::memory_order_acquire));
    return spare ? std::move(spare) : Context(EVP_MD_CTX_new());
}

void Keyring::put_back(Context context) const noexcept {
    auto& place = places_[metrics::this_thread_shard()];
    Context const other(place.spare.exchange(context.release(), std::memory_order_acq_rel));
}

// HMAC (RFC 2104), in the steps of EVP_MAC, which would go through a fifth more.
bool Keyring::sign(std::string_view text, Digest& into) const {
    auto context = take();
    Digest inner;
    bool const done = context && finish(context.get(), inner_.get(), text, inner) &&
                      finish(context.get(), outer_.get(), {inner.data(), digest_bytes_}, into);
    if (done) put_back(std::move(context));
    return done;
}

Result<void> Keyring::check(std::string_view signed_text, std::string_view signature) const {
    std::array<char, most_digest_bytes> claimed;
    auto const claimed_bytes = base64url::decode_into(signature, claimed);
    if (!claimed_bytes) return failure(errc::bad_token);
    Digest right;
    if (!sign(signed_text, right)) return failure(errc::internal_error);
    bool const same = equal_in_constant_time({claimed.data(), *claimed_bytes}, {right.data(), digest_bytes_});
    if (!same) return failure(errc::bad_signature);
    return {};
}

}  // namespace tollgate::auth
