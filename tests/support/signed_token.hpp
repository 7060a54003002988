// Tokens made by hand, so that tests can sign what no decent issuer would.
#pragma once

#include "base/base64url.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <string>
#include <string_view>

namespace tollgate::testing {

inline constexpr std::string_view test_key = "an-honest-key-of-64-bytes-0123456789-abcdefghijklmnopqrstuvwxyz!";

inline std::string hmac_text(std::string_view key, std::string_view text, EVP_MD const* digest = EVP_sha256()) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out;
    unsigned size = 0;
    HMAC(digest, key.data(), static_cast<int>(key.size()), reinterpret_cast<unsigned char const*>(text.data()),
         text.size(), out.data(), &size);
    return base64url::encode({reinterpret_cast<char const*>(out.data()), size});
}

inline std::string signed_token(std::string_view header, std::string_view payload, std::string_view key = test_key,
                                EVP_MD const* digest = EVP_sha256()) {
    auto const text = base64url::encode(header) + "." + base64url::encode(payload);
    return text + "." + hmac_text(key, text, digest);
}

// With the ordinary header of HS256.
inline std::string hs256_token(std::string_view payload, std::string_view key = test_key) {
    return signed_token(R"({"alg":"HS256","typ":"JWT"})", payload, key);
}

}  // namespace tollgate::testing
