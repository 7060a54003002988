#include "base/secret.hpp"

#include "base/base64url.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <stdexcept>
#include <utility>

namespace tollgate {

Secret::Secret(std::string&& value) noexcept : value_(value) { wipe(value); }

Secret::Secret(Secret&& other) noexcept : Secret(std::move(other.value_)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe(value_);
        value_ = other.value_;
        wipe(other.value_);
    }
    return *this;
}

Secret::~Secret() { wipe(value_); }

Secret Secret::clone() const { return Secret(std::string(value_)); }

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(std::string& value) noexcept {
    OPENSSL_cleanse(value.data(), value.size());
    value.clear();
}

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1) {
        throw std::runtime_error("the random generator of the system failed");
    }
    return bytes;
}

Secret make_key_text() {
    Secret const key(random_bytes(64));
    return Secret(base64url::encode(key.reveal()));
}

}  // namespace tollgate
