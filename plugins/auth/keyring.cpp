#include "auth/keyring.hpp"

#include "base/base64url.hpp"
#include "base/secret.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <stdexcept>
#include <string>
#include <utility>

namespace tollgate::auth {
namespace {

std::string digest_name(Algorithm algorithm) { return "SHA" + std::string(name_of(algorithm).substr(2)); }

unsigned char const* bytes_of(std::string_view text) { return reinterpret_cast<unsigned char const*>(text.data()); }

}  // namespace

void Keyring::Free::operator()(evp_mac_ctx_st* context) const noexcept { EVP_MAC_CTX_free(context); }

Keyring::Keyring(Algorithm algorithm, std::string_view key) : digest_bytes_(digest_bytes(algorithm)) {
    auto* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    prepared_.reset(EVP_MAC_CTX_new(mac));
    EVP_MAC_free(mac);  // the context holds it
    auto digest = digest_name(algorithm);
    std::array const parameters{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
                                OSSL_PARAM_construct_end()};
    if (!prepared_ || EVP_MAC_init(prepared_.get(), bytes_of(key), key.size(), parameters.data()) != 1) {
        throw std::runtime_error("OpenSSL cannot prepare an HMAC key");
    }
}

Keyring::~Keyring() {
    for (auto& place : places_) Context const spare(place.spare.exchange(nullptr, std::memory_order_acquire));
}

// Without a key EVP_MAC_init() begins anew with the one that the context has.
Keyring::Context Keyring::take() const {
    auto& place = places_[metrics::this_thread_shard()];
    Context spare(place.spare.exchange(nullptr, std::memory_order_acquire));
    if (spare && EVP_MAC_init(spare.get(), nullptr, 0, nullptr) == 1) return spare;
    return Context(EVP_MAC_CTX_dup(prepared_.get()));
}

void Keyring::put_back(Context context) const noexcept {
    auto& place = places_[metrics::this_thread_shard()];
    Context const other(place.spare.exchange(context.release(), std::memory_order_acq_rel));
}

Result<void> Keyring::check(std::string_view signed_text, std::string_view signature) const {
    std::array<char, most_digest_bytes> claimed;
    auto const claimed_bytes = base64url::decode_into(signature, claimed);
    if (!claimed_bytes) return failure(errc::bad_token);

    auto context = take();
    std::array<unsigned char, most_digest_bytes> computed;
    std::size_t computed_bytes = 0;
    if (!context || EVP_MAC_update(context.get(), bytes_of(signed_text), signed_text.size()) != 1 ||
        EVP_MAC_final(context.get(), computed.data(), &computed_bytes, computed.size()) != 1) {
        return failure(errc::internal_error);
    }
    put_back(std::move(context));
    std::string_view const right(reinterpret_cast<char const*>(computed.data()), computed_bytes);
    bool const same =
        computed_bytes == digest_bytes_ && equal_in_constant_time({claimed.data(), *claimed_bytes}, right);
    if (!same) return failure(errc::bad_signature);
    return {};
}

}  // namespace tollgate::auth
