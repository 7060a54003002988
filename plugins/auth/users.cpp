#include "auth/users.hpp"

#include "auth/password.hpp"
#include "auth/store_file.hpp"
#include "auth/users_connection.hpp"
#include "base/log.hpp"

#include <fmt/format.h>

#include <exception>
#include <mutex>
#include <utility>

namespace tollgate::auth {

struct UserStore::Connection {
    std::mutex mutex;  // guards all below: one statement at a time, for as long as SQLite takes
    soci::session sql;
    bool failing = false;

    // Runs `work(sql)`; what it throws is errc::store_unavailable. The operator is told when that begins and when it
    // ends.
    template <class Work>
    auto guarded(Work work) -> Result<decltype(work(std::declval<soci::session&>()))> {
        std::lock_guard const lock(mutex);
        try {
            auto result = work(sql);
            if (std::exchange(failing, false)) log::info("the user store answers again");
            return result;
        } catch (std::exception const&) {
            if (!std::exchange(failing, true))
                log::error(fmt::format("the user store does not answer: {}", store_problem()));
            return failure(errc::store_unavailable);
        }
    }
};

namespace {

constexpr long long change_log_seconds = 7LL * 24 * 3600;
constexpr int most_changes_at_once = 10'000;
constexpr char const* columns =
    "SELECT id, email, password_hash, disabled, created_at, token_epoch, tokens_changed_at FROM users ";

// The variables that one row of users is fetched into.
struct Row {
    long long id = 0;
    std::string email;
    std::string password_hash;
    int disabled = 0;
    long long created_at = 0;
    long long token_epoch = 0;
    long long tokens_changed_at = 0;

    template <class Statement>
    decltype(auto) bind(Statement&& statement) {
        return (std::forward<Statement>(statement), soci::into(id), soci::into(email), soci::into(password_hash),
                soci::into(disabled), soci::into(created_at), soci::into(token_epoch), soci::into(tokens_changed_at));
    }
    [[nodiscard]] User user() const {
        return {id,         email,       password_hash,    disabled != 0 ? Standing::disabled : Standing::enabled,
                created_at, token_epoch, tokens_changed_at};
    }
};

template <class Key>
std::optional<User> find(soci::session& sql, std::string const& condition, Key const& key) {
    Row row;
    soci::statement statement = row.bind((sql.prepare << columns << condition, soci::use(key)));
    if (!statement.execute(true)) return std::nullopt;
    return row.user();
}

bool changed_a_row(soci::session& sql) {
    int rows = 0;
    sql << "SELECT changes()", soci::into(rows);
    return rows > 0;
}

void tell(soci::session& sql, long long user, std::string const& kind, long long now) {
    sql << "INSERT INTO changes (user_id, kind, at) VALUES (:user, :kind, :now)", soci::use(user), soci::use(kind),
        soci::use(now);
    long long const oldest = now - change_log_seconds;
    sql << "DELETE FROM changes WHERE at < :oldest", soci::use(oldest);
}

// The sequence remembers rows that were cut off since.
long long newest_change(soci::session& sql) {
    long long newest = 0;
    sql << "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'changes'), 0)", soci::into(newest);
    return newest;
}

bool ends_all(std::string_view kind) { return kind == "disabled" || kind == "password" || kind == "removed"; }

std::vector<std::string> read_schemes(soci::session& sql) {
    std::string scheme;
    soci::statement statement = (sql.prepare << "SELECT DISTINCT password_scheme FROM users", soci::into(scheme));
    std::vector<std::string> all;
    for (bool more = statement.execute(true); more; more = statement.fetch()) all.push_back(scheme);
    return all;
}

Changes all_changed(soci::session& sql, long long newest) {
    return {.latest = newest, .everything = true, .changed = {}, .ended = {}, .schemes = read_schemes(sql)};
}

Changes read_changes(soci::session& sql, long long after, long long newest) {
    long long id = 0;
    long long user = 0;
    std::string kind;
    soci::statement statement =
        (sql.prepare << "SELECT id, user_id, kind FROM changes WHERE id > :after ORDER BY id LIMIT :most",
         soci::use(after), soci::use(most_changes_at_once), soci::into(id), soci::into(user), soci::into(kind));
    // Ids have no gaps: SQLite has one writer, and a rolled-back row gives its id back. (Not so in other databases.)
    Changes changes{.latest = after, .everything = false, .changed = {}, .ended = {}, .schemes = {}};
    bool new_hash = false;
    for (bool more = statement.execute(true); more; more = statement.fetch()) {
        changes.everything |= id != changes.latest + 1;
        changes.latest = id;
        if (kind != "added") changes.changed.push_back(user);
        if (ends_all(kind)) changes.ended.push_back(user);
        new_hash |= kind == "added" || kind == "password";
    }
    if (changes.latest == after) return all_changed(sql, newest);  // all rows were cut off already
    if (new_hash || changes.everything) changes.schemes = read_schemes(sql);
    return changes;
}

}  // namespace

UserStore::UserStore(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

UserStore::~UserStore() = default;

std::expected<std::unique_ptr<UserStore>, std::string> UserStore::open(std::filesystem::path const& file) {
    if (auto const prepared = prepare_store_file(file); !prepared) return std::unexpected(prepared.error());
    auto connection = std::make_unique<Connection>();
    try {
        open_users(connection->sql, file);
    } catch (std::exception const&) {
        return std::unexpected(fmt::format("the user store {}: {}", file.native(), store_problem()));
    }
    return std::unique_ptr<UserStore>(new UserStore(std::move(connection)));
}

Result<std::optional<User>> UserStore::find_by_id(std::int64_t id) {
    return connection_->guarded(
        [key = static_cast<long long>(id)](soci::session& sql) { return find(sql, "WHERE id = :key", key); });
}

Result<std::optional<User>> UserStore::find_by_email(std::string const& email) {
    return connection_->guarded([&](soci::session& sql) { return find(sql, "WHERE email = :key", email); });
}

Result<std::vector<User>> UserStore::list() {
    return connection_->guarded([](soci::session& sql) {
        Row row;
        soci::statement statement = row.bind((sql.prepare << columns << "ORDER BY id"));
        std::vector<User> users;
        for (bool more = statement.execute(true); more; more = statement.fetch()) users.push_back(row.user());
        return users;
    });
}

Result<std::optional<std::int64_t>> UserStore::add(std::string const& email, std::string const& password_hash,
                                                   std::int64_t now) {
    return connection_->guarded([&](soci::session& sql) -> std::optional<std::int64_t> {
        auto const scheme = password::scheme_of(password_hash);
        long long const at = now;
        WriteTransaction transaction(sql);
        sql << "INSERT INTO users (email, password_hash, password_scheme, created_at) VALUES (:email, :hash, :scheme, "
               ":at)"
               " ON CONFLICT (email) DO NOTHING",
            soci::use(email), soci::use(password_hash), soci::use(scheme), soci::use(at);
        if (!changed_a_row(sql)) return std::nullopt;
        long long id = 0;
        sql << "SELECT last_insert_rowid()", soci::into(id);
        tell(sql, id, "added", at);
        transaction.commit();
        return id;
    });
}

Result<bool> UserStore::set_standing(std::int64_t user, Standing standing, std::int64_t now) {
    return connection_->guarded([&](soci::session& sql) {
        long long const id = user;
        long long const at = now;
        WriteTransaction transaction(sql);
        if (standing == Standing::disabled) {
            sql << "UPDATE users SET disabled = 1, token_epoch = token_epoch + 1, tokens_changed_at = :at WHERE id = "
                   ":id",
                soci::use(at), soci::use(id);
        } else {
            sql << "UPDATE users SET disabled = 0 WHERE id = :id", soci::use(id);
        }
        if (!changed_a_row(sql)) return false;
        tell(sql, id, standing == Standing::disabled ? "disabled" : "enabled", at);
        transaction.commit();
        return true;
    });
}

Result<bool> UserStore::set_password(std::int64_t user, std::string const& password_hash, std::int64_t now) {
    return connection_->guarded([&](soci::session& sql) {
        auto const scheme = password::scheme_of(password_hash);
        long long const id = user;
        long long const at = now;
        WriteTransaction transaction(sql);
        sql << "UPDATE users SET password_hash = :hash, password_scheme = :scheme, token_epoch = token_epoch + 1,"
               " tokens_changed_at = :at WHERE id = :id",
            soci::use(password_hash), soci::use(scheme), soci::use(at), soci::use(id);
        if (!changed_a_row(sql)) return false;
        tell(sql, id, "password", at);
        transaction.commit();
        return true;
    });
}

Result<bool> UserStore::remove(std::int64_t user, std::int64_t now) {
    return connection_->guarded([&](soci::session& sql) {
        long long const id = user;
        WriteTransaction transaction(sql);
        sql << "DELETE FROM users WHERE id = :id", soci::use(id);
        if (!changed_a_row(sql)) return false;
        tell(sql, id, "removed", now);
        transaction.commit();
        return true;
    });
}

Result<std::vector<std::string>> UserStore::schemes() {
    return connection_->guarded([](soci::session& sql) { return read_schemes(sql); });
}

Result<Changes> UserStore::changes_after(std::int64_t after) {
    return connection_->guarded([&](soci::session& sql) {
        auto const newest = newest_change(sql);
        if (after >= 0 && newest > after) return read_changes(sql, after, newest);
        if (newest < after) return all_changed(sql, newest);
        return Changes{.latest = newest, .everything = false, .changed = {}, .ended = {}, .schemes = {}};
    });
}

}  // namespace tollgate::auth
