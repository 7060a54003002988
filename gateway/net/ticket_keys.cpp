#include "net/ticket_keys.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tollgate::net {
namespace {

void fill(std::span<unsigned char> bytes) {
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error("OpenSSL has no random numbers");
}

TicketKey new_key() {
    TicketKey key;
    fill(key.name);
    fill(key.cipher);
    fill(key.mac);
    return key;
}

void wipe(TicketKey& key) { OPENSSL_cleanse(&key, sizeof key); }

bool prepare(TicketKey& key, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int sealing) {
    std::array params{OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac.data(), key.mac.size()),
                      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>("SHA256"), 0),
                      OSSL_PARAM_construct_end()};
    return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.cipher.data(), iv, sealing) == 1 &&
           EVP_MAC_CTX_set_params(mac, params.data()) == 1;
}

constexpr int broken = -1;
constexpr int unknown = 0;

}  // namespace

TicketKeys::TicketKeys(steady_time now) : current_(new_key()), made_(now) {}

TicketKeys::~TicketKeys() {
    wipe(current_);
    if (previous_) wipe(*previous_);
}

void TicketKeys::rotate(steady_time now) {
    if (now - made_ < life) return;
    if (previous_) wipe(*previous_);
    previous_.reset();
    if (now - made_ < 2 * life) previous_ = current_;
    wipe(current_);
    current_ = new_key();
    made_ = now;
}

TicketKey TicketKeys::current(steady_time now) {
    std::scoped_lock const lock(lock_);
    rotate(now);
    return current_;
}

std::optional<TicketKey> TicketKeys::find(std::span<unsigned char const, 16> name, steady_time now) {
    std::scoped_lock const lock(lock_);
    rotate(now);
    if (std::ranges::equal(name, current_.name)) return current_;
    if (previous_ && std::ranges::equal(name, previous_->name)) return previous_;
    return std::nullopt;
}

int use_ticket_key(TicketKeys& keys, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                   int sealing) {
    auto const now = std::chrono::steady_clock::now();
    auto key = keys.current(now);
    int answer = ticket_is_good;
    if (sealing == 1) {
        std::ranges::copy(key.name, name);
        if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) answer = broken;
    } else if (auto known = keys.find(std::span<unsigned char const, 16>(name, 16), now)) {
        if (known->name != key.name) answer = ticket_is_good_but_old;
        key = *known;
        wipe(*known);
    } else {
        answer = unknown;
    }
    if (answer > unknown && !prepare(key, iv, cipher, mac, sealing)) answer = broken;
    wipe(key);
    return answer;
}

}  // namespace tollgate::net
