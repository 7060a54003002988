#include "auth/store/location.hpp"

#include "auth/store/postgresql_uri.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <utility>

namespace tollgate::auth {
namespace {

std::string digest_of(std::string_view text) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
    SHA256(reinterpret_cast<unsigned char const*>(text.data()), text.size(), digest.data());
    std::string hex;
    for (unsigned char const byte : digest) hex += fmt::format("{:02x}", byte);
    return hex;
}

}  // namespace

std::expected<StoreLocation, std::string> read_store_location(std::string_view uri, Secret password) {
    if (auto const file = sqlite_path(uri)) {
        if (!password.empty()) return std::unexpected("an SQLite file has no password");
        return StoreLocation{.engine = Engine::sqlite,
                             .file = *file,
                             .connection = nullptr,
                             .shown = file->native(),
                             .key = file->native()};
    }
    if (is_postgresql_uri(uri)) {
        auto read = read_postgresql_uri(uri, std::move(password));
        if (!read) return std::unexpected(std::move(read).error());
        auto key = digest_of(read->connection.reveal());
        return StoreLocation{.engine = Engine::postgresql,
                             .file = {},
                             .connection = std::make_shared<Secret const>(std::move(read->connection)),
                             .shown = std::move(read->shown),
                             .key = std::move(key)};
    }
    return std::unexpected(
        "expected `sqlite:///absolute/path/users.db`, `sqlite:users.db` relative to the working directory, or "
        "`postgresql://user@host/database`");
}

std::optional<std::filesystem::path> sqlite_path(std::string_view uri) {
    constexpr std::string_view scheme = "sqlite:";
    if (!uri.starts_with(scheme)) return std::nullopt;
    uri.remove_prefix(scheme.size());
    bool const has_authority = uri.starts_with("//");
    if (has_authority) uri.remove_prefix(2);
    if (has_authority && uri.starts_with("//"))
        uri.remove_prefix(1);  // four slashes, as SQLAlchemy writes an absolute path
    // `sqlite://host/x` names another machine, `?` and `#` would be parameters, a quote ends a connection string.
    bool const starts_well = uri.starts_with('/') == has_authority && !uri.starts_with("//");
    bool const plain = std::ranges::none_of(
        uri, [](unsigned char c) { return c < 0x20 || c == 0x7f || c == '"' || c == '?' || c == '#'; });
    if (!starts_well || !plain || uri.empty() || uri.ends_with('/') || uri == ":memory:") return std::nullopt;
    return std::filesystem::path(uri);
}

}  // namespace tollgate::auth
