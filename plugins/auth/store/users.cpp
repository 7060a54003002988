#include "auth/store/users.hpp"

#include "auth/email.hpp"
#include "auth/password.hpp"
#include "auth/store/change_log.hpp"
#include "auth/store/transaction.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <string_view>

namespace tollgate::auth {
namespace {

constexpr char const* all_columns =
    "SELECT id, email, password_hash, disabled, created_at, token_epoch, tokens_changed_at FROM users ";

// The variables that one row of users is fetched into, or written from.
struct Row {
    long long id = 0;
    std::string email;
    std::string password_hash;
    std::string password_scheme;  // written alone
    int disabled = 0;
    long long created_at = 0;
    long long token_epoch = 0;
    long long tokens_changed_at = 0;

    template <class Statement>
    decltype(auto) into(Statement&& statement) {
        return (std::forward<Statement>(statement), soci::into(id), soci::into(email), soci::into(password_hash),
                soci::into(disabled), soci::into(created_at), soci::into(token_epoch), soci::into(tokens_changed_at));
    }
    template <class Statement>
    decltype(auto) from(Statement&& statement) {
        return (std::forward<Statement>(statement), soci::use(email), soci::use(password_hash),
                soci::use(password_scheme), soci::use(disabled), soci::use(created_at), soci::use(token_epoch),
                soci::use(tokens_changed_at));
    }
    [[nodiscard]] User user() const {
        return {id,         email,       password_hash,    disabled != 0 ? Standing::disabled : Standing::enabled,
                created_at, token_epoch, tokens_changed_at};
    }
    void set(User const& user) {
        id = user.id;
        email = user.email;
        password_hash = user.password_hash;
        password_scheme = password::scheme_of(user.password_hash);
        disabled = user.standing == Standing::disabled ? 1 : 0;
        created_at = user.created_at;
        token_epoch = user.token_epoch;
        tokens_changed_at = user.tokens_changed_at;
    }
};

template <class Key>
std::optional<User> find(soci::session& sql, std::string const& condition, Key const& key) {
    Row row;
    row.into((sql << all_columns << condition, soci::use(key)));  // at once, not prepared: one round trip to a server
    if (!sql.got_data()) return std::nullopt;
    return row.user();
}

// Whom an email means that is spelled as lowered_email() has it (UserStore::find_by_email). Both questions are asked
// whatever the first one finds: how long a refusal takes tells nothing.
std::optional<User> find_spelled(soci::session& sql, std::string const& email) {
    auto const folded = folded_email(email);
    auto as_spelled = find(sql, "WHERE email = :key", email);
    if (folded == email) return as_spelled;
    auto as_folded = find(sql, "WHERE email = :key", folded);
    return as_spelled ? as_spelled : as_folded;
}

bool changes_a_row(soci::statement&& statement) {
    statement.execute(true);
    return statement.get_affected_rows() > 0;
}

// Puts in rows of one transaction, with an id of their own or with a new one.
class Insertion {
public:
    explicit Insertion(soci::session& sql)
        : sql_(sql),
          with_id_(row_.from((sql.prepare << "INSERT INTO users (id, " << names << ") VALUES (:id, " << values
                                          << ") ON CONFLICT DO NOTHING",
                              soci::use(row_.id)))),
          without_id_(row_.from((sql.prepare << "INSERT INTO users (" << names << ") VALUES (" << values
                                             << ") ON CONFLICT DO NOTHING"))) {}

    PutIn put_in(User const& user, std::int64_t used_up) {
        if (user.id != 0 && user.id <= used_up) return who_is_there(user, PutIn::id_used_up);
        row_.set(user);
        row_.email = folded_email(user.email);
        if (row_.email != user.email) {  // with which an account of an earlier release would not conflict
            if (auto const there = find(sql_, "WHERE email = :key", user.email)) return compared(user, *there);
        }
        auto& statement = user.id == 0 ? without_id_ : with_id_;
        statement.execute(true);
        return statement.get_affected_rows() > 0 ? PutIn::added : who_is_there(user, PutIn::id_taken);
    }

private:
    static constexpr char const* names =
        "email, password_hash, password_scheme, disabled, created_at, token_epoch, tokens_changed_at";
    static constexpr char const* values = ":email, :hash, :scheme, :disabled, :created_at, :token_epoch, :changed_at";

    // With who has that email.
    static PutIn compared(User const& user, User const& there) {
        return user.id == 0 || user.id == there.id ? PutIn::there_already : PutIn::other_id;
    }

    PutIn who_is_there(User const& user, PutIn nobody) {
        if (auto const there = find_spelled(sql_, user.email)) return compared(user, *there);
        if (user.id == 0) return nobody;
        auto const there = find(sql_, "WHERE id = :key", static_cast<long long>(user.id));
        if (!there) return nobody;
        return folded_email(there->email) == folded_email(user.email) ? PutIn::there_already : PutIn::id_taken;
    }

    soci::session& sql_;
    Row row_;
    soci::statement with_id_;
    soci::statement without_id_;
};

}  // namespace

std::expected<std::unique_ptr<UserStore>, std::string> UserStore::open(StoreLocation location,
                                                                       ConnectionOptions options) {
    auto connections = Connections::open(std::move(location), options);
    if (!connections) return std::unexpected(std::move(connections).error());
    return std::unique_ptr<UserStore>(new UserStore(std::move(*connections)));
}

Result<std::optional<User>> UserStore::find_by_id(std::int64_t id) {
    return connections_->run(
        [key = static_cast<long long>(id)](soci::session& sql) { return find(sql, "WHERE id = :key", key); });
}

Result<std::optional<User>> UserStore::find_by_email(std::string_view typed) {
    return connections_->run([email = lowered_email(typed)](soci::session& sql) { return find_spelled(sql, email); });
}

Result<std::vector<User>> UserStore::after(std::int64_t id, std::size_t most) {
    return connections_->run([key = static_cast<long long>(id), limit = static_cast<int>(most)](soci::session& sql) {
        Row row;
        soci::statement statement = row.into((sql.prepare << all_columns << "WHERE id > :key ORDER BY id LIMIT :most",
                                              soci::use(key), soci::use(limit)));
        std::vector<User> users;
        for (bool more = statement.execute(true); more; more = statement.fetch()) users.push_back(row.user());
        return users;
    });
}

Result<std::optional<std::int64_t>> UserStore::add(std::string const& email, std::string const& password_hash,
                                                   std::int64_t now) {
    return connections_->run([&](soci::session& sql) -> std::optional<std::int64_t> {
        auto const scheme = password::scheme_of(password_hash);
        long long const at = now;
        long long id = 0;
        WriteTransaction transaction(sql, connections_->dialect().begin);
        sql << "INSERT INTO users (email, password_hash, password_scheme, created_at) VALUES (:email, :hash, :scheme, "
               ":at) ON CONFLICT (email) DO NOTHING RETURNING id",
            soci::use(email), soci::use(password_hash), soci::use(scheme), soci::use(at), soci::into(id);
        if (!sql.got_data()) return std::nullopt;
        tell(sql, id, "added", at);
        transaction.commit();
        return id;
    });
}

Result<std::vector<PutIn>> UserStore::put_in(std::span<User const> users, std::int64_t used_up, std::int64_t now) {
    return connections_->run([&](soci::session& sql) {
        auto const& dialect = connections_->dialect();
        std::vector<PutIn> outcomes(users.size(), PutIn::there_already);
        WriteTransaction transaction(sql, dialect.begin_import);
        std::int64_t highest = 0;
        auto const put_in_those = [&](auto const& which) {
            Insertion insertion(sql);
            for (std::size_t i = 0; i < users.size(); ++i) {
                if (!which(users[i])) continue;
                outcomes[i] = insertion.put_in(users[i], used_up);
                if (outcomes[i] == PutIn::added) highest = std::max(highest, users[i].id);
            }
        };
        // Newcomers last: their ids are above those that were brought along.
        put_in_those([](User const& user) { return user.id != 0; });
        if (highest > 0) dialect.raise_last_user_id(sql, highest);
        put_in_those([](User const& user) { return user.id == 0; });
        bool const added = std::ranges::find(outcomes, PutIn::added) != outcomes.end();
        if (added) tell(sql, highest, "added", now);  // once for all: it only tells of new hashes
        transaction.commit();
        return outcomes;
    });
}

Result<std::int64_t> UserStore::last_id() {
    return connections_->run([this](soci::session& sql) -> std::int64_t {
        long long last = 0;
        sql << connections_->dialect().last_user_id, soci::into(last);
        return last;
    });
}

Result<void> UserStore::keep_ids_above(std::int64_t id) {
    auto const done = connections_->run([&](soci::session& sql) {
        WriteTransaction transaction(sql, connections_->dialect().begin_import);
        connections_->dialect().raise_last_user_id(sql, id);
        transaction.commit();
        return true;
    });
    if (!done) return std::unexpected(done.error());
    return {};
}

Result<bool> UserStore::set_standing(std::int64_t user, Standing standing, std::int64_t now) {
    return connections_->run([&](soci::session& sql) {
        long long const id = user;
        long long const at = now;
        WriteTransaction transaction(sql, connections_->dialect().begin);
        bool const found =
            standing == Standing::disabled
                ? changes_a_row((sql.prepare << "UPDATE users SET disabled = 1, token_epoch = token_epoch + 1,"
                                                " tokens_changed_at = :at WHERE id = :id",
                                 soci::use(at), soci::use(id)))
                : changes_a_row((sql.prepare << "UPDATE users SET disabled = 0 WHERE id = :id", soci::use(id)));
        if (!found) return false;
        tell(sql, id, standing == Standing::disabled ? "disabled" : "enabled", at);
        transaction.commit();
        return true;
    });
}

Result<bool> UserStore::set_password(std::int64_t user, std::string const& password_hash, std::int64_t now) {
    return connections_->run([&](soci::session& sql) {
        auto const scheme = password::scheme_of(password_hash);
        long long const id = user;
        long long const at = now;
        WriteTransaction transaction(sql, connections_->dialect().begin);
        bool const found =
            changes_a_row((sql.prepare << "UPDATE users SET password_hash = :hash, password_scheme = :scheme,"
                                          " token_epoch = token_epoch + 1, tokens_changed_at = :at WHERE id = :id",
                           soci::use(password_hash), soci::use(scheme), soci::use(at), soci::use(id)));
        if (!found) return false;
        tell(sql, id, "password", at);
        transaction.commit();
        return true;
    });
}

Result<bool> UserStore::remove(std::int64_t user, std::int64_t now) {
    return connections_->run([&](soci::session& sql) {
        long long const id = user;
        WriteTransaction transaction(sql, connections_->dialect().begin);
        if (!changes_a_row((sql.prepare << "DELETE FROM users WHERE id = :id", soci::use(id)))) return false;
        tell(sql, id, "removed", now);
        transaction.commit();
        return true;
    });
}

Result<std::vector<std::string>> UserStore::schemes() {
    return connections_->run([](soci::session& sql) { return read_schemes(sql); });
}

Result<Changes> UserStore::changes_after(LogPoint const& point) {
    return connections_->run([&](soci::session& sql) {
        auto const& dialect = connections_->dialect();
        auto const ask = [&] {
            if (point.id >= 0) return read_changes(sql, dialect, point);
            return Changes{
                .latest = end_of_log(sql, dialect), .everything = false, .changed = {}, .ended = {}, .schemes = {}};
        };
        (void)dialect.drain(sql);
        auto changes = ask();
        // What told of a change while we asked came with the answer, and would wake nobody.
        return dialect.drain(sql) ? ask() : changes;
    });
}

}  // namespace tollgate::auth
