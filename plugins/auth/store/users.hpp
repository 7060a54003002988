// The store of users, on SQLite or PostgreSQL through SOCI. Every change writes a row to `changes` in the same
// transaction, so that other processes learn of it. Calls block, for a few seconds at the most, so workers ask through
// a pool (directory). Thread-safe. Tokens: each user has an epoch that issued tokens carry; what ends older tokens
// raises it. Ids are never given twice. Never logs or returns SQL: it could hold hashes.
#pragma once

#include "auth/store/changes.hpp"
#include "auth/store/connections.hpp"
#include "auth/store/location.hpp"
#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::auth {

enum class Standing { enabled, disabled };

struct User {
    std::int64_t id = 0;
    std::string email;  // folded; that of an account of an earlier release in ASCII alone
    std::string password_hash;
    Standing standing = Standing::enabled;
    std::int64_t created_at = 0;  // seconds since 1970
    std::int64_t token_epoch = 1;
    std::int64_t tokens_changed_at = 0;  // when the epoch last rose; 0: never
};

// What became of a user that was to be put in.
enum class PutIn : std::uint8_t {
    added,
    there_already,  // one of that email, and of that id if one was given
    other_id,       // one of that email, of another id
    id_taken,       // the id is somebody else's
    id_used_up,     // the id was somebody's who is gone; so are his tokens
};

class UserStore {
public:
    // Makes the file and the tables when there are none, and brings older ones forward. The error is one line for the
    // operator.
    [[nodiscard]] static std::expected<std::unique_ptr<UserStore>, std::string> open(StoreLocation location,
                                                                                     ConnectionOptions options = {});

    // Errors of all: errc::store_unavailable. `now` in seconds since 1970.
    [[nodiscard]] Result<std::optional<User>> find_by_id(std::int64_t id);
    // In any spelling. An account of an earlier release, whose email was not folded whole, comes before others; it is
    // found by what lowered_email() makes the same.
    [[nodiscard]] Result<std::optional<User>> find_by_email(std::string_view typed);
    // At most `most` users with ids above `id`, in their order.
    [[nodiscard]] Result<std::vector<User>> after(std::int64_t id, std::size_t most);

    // The new user's id; nothing when there is one of that email, which is folded.
    [[nodiscard]] Result<std::optional<std::int64_t>> add(std::string const& email, std::string const& password_hash,
                                                          std::int64_t now);

    // Puts users in as they are, all in one transaction; those that are there stay as they are. Their emails are as
    // lowered_email() has them, and folded for who is new. An id of 0: a new one. Ids up to `used_up` bring back
    // nobody. One PutIn for each.
    [[nodiscard]] Result<std::vector<PutIn>> put_in(std::span<User const> users, std::int64_t used_up,
                                                    std::int64_t now);

    // The highest id that was ever given, and the promise that no id up to `id` will be: for moving to another store.
    [[nodiscard]] Result<std::int64_t> last_id();
    [[nodiscard]] Result<void> keep_ids_above(std::int64_t id);

    // False when there is no such user. Disabling, another password and removing end all older tokens.
    [[nodiscard]] Result<bool> set_standing(std::int64_t id, Standing standing, std::int64_t now);
    [[nodiscard]] Result<bool> set_password(std::int64_t id, std::string const& password_hash, std::int64_t now);
    [[nodiscard]] Result<bool> remove(std::int64_t id, std::int64_t now);

    // password::scheme_of of all stored hashes, each once.
    [[nodiscard]] Result<std::vector<std::string>> schemes();

    // A negative point: nothing but where the log ends now.
    [[nodiscard]] Result<Changes> changes_after(LogPoint const& point);

    // A descriptor that becomes readable when a change was told, if the store was opened for that; negative while there
    // is none. For the thread that asks changes_after().
    [[nodiscard]] int wakeup() noexcept { return connections_->wakeup(); }

private:
    explicit UserStore(std::unique_ptr<Connections> connections) : connections_(std::move(connections)) {}

    std::unique_ptr<Connections> connections_;
};

}  // namespace tollgate::auth
