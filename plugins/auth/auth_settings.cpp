#include "auth/auth_settings.hpp"

#include "auth/email.hpp"
#include "auth/password.hpp"
#include "base/characters.hpp"
#include "base/path_pattern.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cstring>
#include <limits>
#include <utility>

namespace tollgate::auth {
namespace {

using settings::SettingsNode;
using namespace std::chrono_literals;

constexpr std::string_view how_to_make = "`tollgate keygen` makes a good one";

// Parts of keys that documentation shows, in lower case without punctuation.
constexpr std::array<std::string_view, 15> shown_somewhere{
    "pasteyour",
    "yoursecret",
    "your256bitsecret",
    "your384bitsecret",
    "your512bitsecret",
    "changeme",
    "changethis",
    "replaceme",
    "replacethis",
    "placeholder",
    "longrandom",
    "stringsecret",
    "secretkeyhere",
    "supersecret",
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",  // of a well-known tutorial
};
constexpr std::size_t least_distinct_bytes = 8;

std::string letters_and_digits(std::string_view text) {
    std::string plain;
    for (char const c : text) {
        if (is_alphanumeric(c)) plain += lower(c);
    }
    return plain;
}

std::string looked_in(SettingsNode const& node) {
    auto const sources = node.sources();
    return sources.empty() ? "; " : fmt::format(" (looked in {}); ", sources);
}

Secret read_key(SettingsNode const& tokens, Algorithm algorithm) {
    auto const node = tokens.required("secret");
    auto key = node.secret();
    auto const least = digest_bytes(algorithm);
    if (node.broken()) {
        node.amend(fmt::format("; tokens need a secret of at least {} bytes, {}", least, how_to_make));
    } else if (key.empty()) {
        node.fail(fmt::format("tokens need a secret of at least {} bytes{}{}", least, looked_in(node), how_to_make));
    } else if (is_placeholder(key.reveal())) {
        node.fail(fmt::format("this secret is a placeholder that everybody knows{}{}", looked_in(node), how_to_make));
    } else if (key.size() < least) {
        node.fail(fmt::format("this secret has {} bytes, {} needs at least {}{}{}", key.size(), name_of(algorithm),
                              least, looked_in(node), how_to_make));
    } else if (is_easily_guessed(key.reveal())) {
        node.fail(fmt::format("this secret repeats a few bytes, and can be guessed{}{}", looked_in(node), how_to_make));
    } else {
        return key;
    }
    return {};
}

std::optional<TokenSettings> read_tokens(SettingsNode const& node) {
    TokenSettings tokens;
    tokens.algorithm = static_cast<Algorithm>(node["algorithm"].one_of({"HS256", "HS384", "HS512"}, 0));
    tokens.secret = read_key(node, tokens.algorithm);
    tokens.lifetime = std::chrono::floor<std::chrono::seconds>(
        node["lifetime"].duration(tokens.lifetime, {1s, std::chrono::days(365)}));
    tokens.rules.issuer = node["issuer"].text();
    tokens.rules.audience = node["audience"].text();
    if (tokens.secret.empty()) return std::nullopt;
    return tokens;
}

unsigned read_count(SettingsNode const& node, unsigned fallback, unsigned most) {
    return static_cast<unsigned>(node.integer(fallback, {1, most}));
}

ThrottleLimits read_throttle(SettingsNode const& login) {
    ThrottleLimits limits;
    auto const account = login["account"];
    limits.failures = read_count(account["failures"], limits.failures, 1'000);
    limits.first_wait = account["first_wait"].duration(limits.first_wait, {1ms, 1h});
    limits.longest_wait = account["longest_wait"].duration(limits.longest_wait, {1ms, 24h});
    if (limits.longest_wait < limits.first_wait) account.fail("`longest_wait` is shorter than `first_wait`");
    auto const client = login["client"];
    limits.burst = read_count(client["burst"], limits.burst, 100'000);
    limits.interval = client["interval"].duration(limits.interval, {1ms, 1h});
    return limits;
}

// SQLite answers from memory, one question after the other; a server across a network answers several at once.
unsigned read_connections(SettingsNode const& node, Engine engine) {
    constexpr unsigned for_a_server = 4;
    if (engine == Engine::postgresql) return read_count(node, for_a_server, 100);
    if (read_count(node, 1, 100) != 1) node.fail("an SQLite file has one connection");
    return 1;
}

// Both of its values may come from variables that are empty: there is no first user then.
std::optional<FirstUser> read_first_user(SettingsNode const& node) {
    auto const email = node["email"];
    auto const password = node["password"];
    FirstUser first{.email = folded_email(email.text()), .password = password.secret()};
    if (first.email.empty() && first.password.empty()) return std::nullopt;
    if (auto const wrong = problem_with_email(first.email)) email.fail(*wrong);
    if (auto const wrong = password::problem_with(first.password.reveal())) password.fail(*wrong);
    return first;
}

std::string read_path(SettingsNode const& endpoint, std::string_view fallback) {
    auto const node = endpoint["path"];
    auto path = node.text(fallback);
    if (auto const wrong = prefix_error(path)) node.fail(*wrong);
    return path;
}

}  // namespace

std::optional<AuthSettings> read_auth_settings(SettingsNode const& node) {
    AuthSettings read;
    auto tokens = read_tokens(node.required("tokens"));
    auto const users = node["users"];
    auto const login = node["login"];
    auto const me = node["me"];
    read.throttle = read_throttle(login);
    read.login_path = read_path(login, read.login_path);
    read.me_path = read_path(me, read.me_path);
    if (read.login_path == read.me_path) me.fail("`login` and `me` have the same path");
    if (!users.present()) {
        for (auto const& endpoint : {login, me}) {
            if (endpoint.present())
                endpoint.fail("this needs a block `users`: without one the gateway only verifies tokens");
        }
    } else {
        read.users = read_user_settings(users);
        if (!read.users) return std::nullopt;
    }
    if (!tokens) return std::nullopt;
    read.tokens = std::move(*tokens);
    return read;
}

std::optional<UserSettings> read_user_settings(SettingsNode const& node) {
    UserSettings users;
    auto const store = node.required("store");
    auto location = read_store_location(store.secret().reveal(), node["store_password"].secret());
    if (!location && store.present()) store.fail(location.error());
    auto const connections = node["connections"];
    users.bcrypt_cost = static_cast<unsigned>(node["bcrypt_cost"].integer(users.bcrypt_cost, {10, 16}));
    users.hashing_threads = static_cast<unsigned>(node["hashing_threads"].integer(users.hashing_threads, {0, 1024}));
    users.store_grace = node["store_grace"].duration(users.store_grace, {0ms, 1h});
    users.first_user = read_first_user(node["first_user"]);
    users.connections = read_connections(connections, location ? location->engine : Engine::postgresql);
    if (!location) return std::nullopt;
    users.store = std::move(*location);
    return users;
}

bool is_easily_guessed(std::string_view key) {
    std::bitset<256> seen;
    for (char const c : key) seen.set(static_cast<unsigned char>(c));
    return seen.count() < least_distinct_bytes;
}

bool is_placeholder(std::string_view key) {
    auto const plain = letters_and_digits(key);
    return std::ranges::any_of(shown_somewhere, [&](std::string_view known) { return plain.contains(known); });
}

std::uint64_t fingerprint_of(AuthSettings const& settings) {
    std::string text;
    auto const add = [&text](std::string_view part) { text.append(fmt::format("{}:", part.size())).append(part); };
    text.reserve(4096 + settings.tokens.secret.size());  // grown, it would leave pieces of the key in freed memory
    add(settings.tokens.secret.reveal());
    add(name_of(settings.tokens.algorithm));
    add(settings.tokens.rules.issuer);
    add(settings.tokens.rules.audience);
    add(settings.users ? std::string_view(settings.users->store.key) : std::string_view());
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
    SHA256(reinterpret_cast<unsigned char const*>(text.data()), text.size(), digest.data());
    wipe(text);
    std::uint64_t number = 0;
    std::memcpy(&number, digest.data(), sizeof number);
    return number;
}

}  // namespace tollgate::auth
