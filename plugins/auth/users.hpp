// The store of users: SQLite through SOCI. Every change writes a row to `changes` in the same transaction, so that
// other processes learn of it. One connection under one mutex; calls block, so workers ask through a pool
// (directory). Tokens: each user has an epoch that issued tokens carry; what ends older tokens raises it. Ids are
// never given twice. Never logs or returns SQL: it could hold hashes.
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::auth {

enum class Standing { enabled, disabled };

struct User {
    std::int64_t id = 0;
    std::string email;  // folded
    std::string password_hash;
    Standing standing = Standing::enabled;
    std::int64_t created_at = 0;  // seconds since 1970
    std::int64_t token_epoch = 1;
    std::int64_t tokens_changed_at = 0;  // when the epoch last rose; 0: never
};

// What happened after some point of the change log.
struct Changes {
    std::int64_t latest = 0;            // the point up to which this tells
    bool everything = false;            // the log was cut or replaced: anybody may have changed
    std::vector<std::int64_t> changed;  // users whose row is another now
    std::vector<std::int64_t> ended;    // of these: all that they began is over
    std::vector<std::string> schemes;   // UserStore::schemes, when a password hash is new
};

class UserStore {
public:
    // Makes the file and the tables when there are none. The error is one line for the operator.
    [[nodiscard]] static std::expected<std::unique_ptr<UserStore>, std::string> open(std::filesystem::path const& file);

    ~UserStore();
    UserStore(UserStore const&) = delete;
    UserStore& operator=(UserStore const&) = delete;

    // Errors of all: errc::store_unavailable. Emails are folded by the caller; `now` in seconds since 1970.
    [[nodiscard]] Result<std::optional<User>> find_by_id(std::int64_t id);
    [[nodiscard]] Result<std::optional<User>> find_by_email(std::string const& email);
    [[nodiscard]] Result<std::vector<User>> list();

    // The new user's id; nothing when there is one of that email.
    [[nodiscard]] Result<std::optional<std::int64_t>> add(std::string const& email, std::string const& password_hash,
                                                          std::int64_t now);

    // False when there is no such user. Disabling, another password and removing end all older tokens.
    [[nodiscard]] Result<bool> set_standing(std::int64_t id, Standing standing, std::int64_t now);
    [[nodiscard]] Result<bool> set_password(std::int64_t id, std::string const& password_hash, std::int64_t now);
    [[nodiscard]] Result<bool> remove(std::int64_t id, std::int64_t now);

    // password::scheme_of of all stored hashes, each once.
    [[nodiscard]] Result<std::vector<std::string>> schemes();

    // Negative: nothing but where the log ends now.
    [[nodiscard]] Result<Changes> changes_after(std::int64_t latest);

private:
    struct Connection;
    explicit UserStore(std::unique_ptr<Connection> connection);

    std::unique_ptr<Connection> connection_;
};

}  // namespace tollgate::auth
