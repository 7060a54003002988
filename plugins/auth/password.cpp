#include "auth/password.hpp"

#include "auth/argon2_hash.hpp"
#include "base/base64url.hpp"
#include "base/characters.hpp"
#include "base/secret.hpp"

#include <fmt/format.h>

#include <argon2.h>
#include <crypt.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

namespace tollgate::auth::password {
namespace {

constexpr std::size_t bcrypt_characters = 60;
constexpr std::size_t bcrypt_scheme_characters = 6;  // "$2b$12"
constexpr std::size_t bcrypt_salt_bytes = 16;
constexpr std::size_t argon2_salt_bytes = 16;
constexpr std::size_t argon2_hash_bytes = 32;

// The cost in "$2b$12"; nothing when that is not a scheme of ours.
std::optional<unsigned> bcrypt_cost(std::string_view scheme) {
    bool const well_formed = scheme.size() == bcrypt_scheme_characters && scheme.starts_with("$2") &&
                             scheme[3] == '$' && (scheme[2] == 'a' || scheme[2] == 'b' || scheme[2] == 'y') &&
                             is_digit(scheme[4]) && is_digit(scheme[5]);
    if (!well_formed) return std::nullopt;
    auto const cost = static_cast<unsigned>((scheme[4] - '0') * 10 + (scheme[5] - '0'));
    if (cost < least_cost || cost > most_cost) return std::nullopt;
    return cost;
}

bool is_bcrypt(std::string_view stored) {
    return stored.size() == bcrypt_characters && bcrypt_cost(stored.substr(0, bcrypt_scheme_characters)) &&
           stored[bcrypt_scheme_characters] == '$' &&
           std::ranges::all_of(stored.substr(bcrypt_scheme_characters + 1),
                               [](char c) { return is_alphanumeric(c) || c == '.' || c == '/'; });
}

struct WipedScratch {
    crypt_data data{};
    ~WipedScratch() { OPENSSL_cleanse(&data, sizeof data); }
};

// bcrypt of `password` with salt and cost of `setting`; empty when the library refuses. On the heap: it is 32 KiB.
std::string bcrypt(std::string_view password, std::string const& setting) {
    auto const scratch = std::make_unique<WipedScratch>();
    std::string phrase(password.substr(0, most_bytes));
    auto const* const hash = crypt_rn(phrase.c_str(), setting.c_str(), &scratch->data, sizeof scratch->data);
    std::string result = hash ? hash : "";
    wipe(phrase);
    return result;
}

std::string bcrypt_setting(unsigned cost, char const* prefix) {
    auto const salt = random_bytes(bcrypt_salt_bytes);
    std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
    auto const* const made =
        crypt_gensalt_rn(prefix, cost, salt.data(), static_cast<int>(salt.size()), setting.data(), setting.size());
    return made ? made : "";
}

// Base64 with the alphabet of PHC strings (RFC 4648, section 4) and without padding, as strict as the other.

std::string to_base64(std::string_view bytes) {
    auto text = base64url::encode(bytes);
    std::ranges::replace(text, '-', '+');
    std::ranges::replace(text, '_', '/');
    return text;
}

std::optional<std::string> from_base64(std::string text) {
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    return base64url::decode(text);
}

// Fills `hash` with argon2id of `password` (RFC 9106): one of the library's codes. This thread computes all lanes:
// threads of the library's own would not give way to requests, and where none could be made no password would match.
int argon2id(std::string_view password, std::string salt, Argon2Parameters const& parameters, std::string& hash) {
    std::string phrase(password);
    auto const octets = [](std::string& text) { return reinterpret_cast<std::uint8_t*>(text.data()); };
    argon2_context context{};
    context.out = octets(hash);
    context.outlen = static_cast<std::uint32_t>(hash.size());
    context.pwd = octets(phrase);
    context.pwdlen = static_cast<std::uint32_t>(phrase.size());
    context.salt = octets(salt);
    context.saltlen = static_cast<std::uint32_t>(salt.size());
    context.t_cost = parameters.passes;
    context.m_cost = parameters.memory_kib;
    context.lanes = parameters.lanes;
    context.threads = 1;
    context.version = ARGON2_VERSION_13;
    auto const outcome = argon2id_ctx(&context);
    wipe(phrase);
    return outcome;
}

bool matches_argon2id(std::string_view password, Argon2Parameters const& stored) {
    auto salt = from_base64(std::string(stored.salt));
    auto const hash = from_base64(std::string(stored.hash));
    if (!salt || !hash) return false;
    std::string made(hash->size(), '\0');
    auto const outcome = argon2id(password, std::move(*salt), stored, made);
    if (outcome == ARGON2_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
    return outcome == ARGON2_OK && equal_in_constant_time(made, *hash);
}

Result<std::string> argon2_dummy(Argon2Parameters const& parameters) {
    auto const salt = random_bytes(argon2_salt_bytes);
    std::string hash(argon2_hash_bytes, '\0');
    if (argon2id(random_bytes(argon2_salt_bytes), salt, parameters, hash) != ARGON2_OK)
        return failure(errc::internal_error);
    return fmt::format("{}${}${}", parameters.scheme, to_base64(salt), to_base64(hash));
}

Result<std::string> hashed(std::string_view password, unsigned cost, char const* prefix) {
    auto const setting = bcrypt_setting(cost, prefix);
    auto hash = setting.empty() ? std::string() : bcrypt(password, setting);
    if (!is_bcrypt(hash)) return failure(errc::internal_error);
    return hash;
}

}  // namespace

std::optional<std::string> problem_with(std::string_view password) {
    if (password.contains('\0')) return "a password cannot hold a NUL byte";
    if (password.size() < least_bytes) {
        return fmt::format("a password has at least {} bytes; this one has {}", least_bytes, password.size());
    }
    if (password.size() > most_bytes) {
        return fmt::format("bcrypt uses the first {} bytes of a password; this one has {}", most_bytes,
                           password.size());
    }
    return std::nullopt;
}

Result<std::string> make_hash(std::string_view password, unsigned cost) { return hashed(password, cost, "$2b$"); }

bool matches(std::string_view password, std::string const& stored) {
    if (password.contains('\0')) return false;  // crypt would stop there
    if (is_bcrypt(stored)) return equal_in_constant_time(bcrypt(password, stored), stored);
    auto const argon2 = read_argon2id(stored, ScanPart::whole);
    return argon2 && matches_argon2id(password, *argon2);
}

bool is_supported(std::string_view stored) { return is_bcrypt(stored) || read_argon2id(stored, ScanPart::whole); }

std::string scheme_of(std::string_view stored) {
    if (is_bcrypt(stored)) return std::string(stored.substr(0, bcrypt_scheme_characters));
    auto const parameters = read_argon2id(stored, ScanPart::whole);
    return parameters ? std::string(parameters->scheme) : std::string();
}

Result<std::string> make_dummy(std::string const& scheme) {
    if (auto const cost = bcrypt_cost(scheme)) {
        // Random text: raw bytes could hold a NUL.
        return hashed(base64url::encode(random_bytes(bcrypt_salt_bytes)), *cost, (scheme.substr(0, 3) + "$").c_str());
    }
    auto const parameters = read_argon2id(scheme, ScanPart::scheme);
    if (!parameters) return failure(errc::internal_error);
    return argon2_dummy(*parameters);
}

}  // namespace tollgate::auth::password
