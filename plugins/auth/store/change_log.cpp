#include "auth/store/change_log.hpp"

#include <fmt/format.h>
#include <soci/soci.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace tollgate::auth {
namespace {

constexpr long long change_log_seconds = 7LL * 24 * 3600;
constexpr std::size_t most_changes_at_once = 10'000;

// From index entry to index entry: it costs as little for a million users as for ten.
constexpr char const* distinct_schemes =
    "WITH RECURSIVE seen (scheme) AS ("
    " SELECT MIN(password_scheme) FROM users"
    " UNION ALL"
    " SELECT (SELECT MIN(password_scheme) FROM users WHERE password_scheme > seen.scheme) FROM seen"
    " WHERE seen.scheme IS NOT NULL)"
    " SELECT scheme FROM seen WHERE scheme IS NOT NULL";

bool ends_all(std::string_view kind) { return kind == "disabled" || kind == "password" || kind == "removed"; }

struct LogRow {
    std::int64_t id = 0;
    std::int64_t user = 0;
    std::string kind;
    std::int64_t at = 0;

    [[nodiscard]] LogPoint point() const { return {.id = id, .row = fmt::format("{} {} {}", user, kind, at)}; }
};

std::vector<LogRow> read_log(soci::session& sql, long long first) {
    long long id = 0;
    long long user = 0;
    long long at = 0;
    long long const most = most_changes_at_once;
    std::string kind;
    soci::statement statement =
        (sql.prepare << "SELECT id, user_id, kind, at FROM changes WHERE id >= :first ORDER BY id LIMIT :most",
         soci::use(first), soci::use(most), soci::into(id), soci::into(user), soci::into(kind), soci::into(at));
    std::vector<LogRow> rows;
    for (bool more = statement.execute(true); more; more = statement.fetch()) rows.push_back({id, user, kind, at});
    return rows;
}

// Whether the log went on after `point` as its reader knows it. The row itself may have been cut off meanwhile.
bool continues(std::vector<LogRow> const& rows, LogPoint const& point) {
    if (rows.empty()) return point.id == 0;
    if (rows.front().id == point.id) return point.row.empty() || rows.front().point() == point;
    return rows.front().id == point.id + 1;
}

Changes all_changed(soci::session& sql, LogPoint latest) {
    return {.latest = std::move(latest), .everything = true, .changed = {}, .ended = {}, .schemes = read_schemes(sql)};
}

}  // namespace

void tell(soci::session& sql, long long user, std::string const& kind, long long now) {
    sql << "INSERT INTO changes (user_id, kind, at) VALUES (:user, :kind, :now)", soci::use(user), soci::use(kind),
        soci::use(now);
    long long const oldest = now - change_log_seconds;
    sql << "DELETE FROM changes WHERE at < :oldest", soci::use(oldest);
}

std::vector<std::string> read_schemes(soci::session& sql) {
    std::string scheme;
    soci::statement statement = (sql.prepare << distinct_schemes, soci::into(scheme));
    std::vector<std::string> all;
    for (bool more = statement.execute(true); more; more = statement.fetch()) all.push_back(scheme);
    return all;
}

LogPoint end_of_log(soci::session& sql, Dialect const& dialect) {
    long long newest = 0;
    sql << dialect.newest_change, soci::into(newest);
    auto const rows = read_log(sql, newest);
    return rows.empty() ? LogPoint{.id = newest, .row = {}} : rows.front().point();
}

// Ids have no gaps (Dialect::newest_change): one that is missing was cut off, and one that has another row than it had
// belongs to another history.
Changes read_changes(soci::session& sql, Dialect const& dialect, LogPoint const& point) {
    auto const rows = read_log(sql, point.id);
    // So many that some are left: who is behind by that much is not told one by one.
    bool const too_many = rows.size() == most_changes_at_once;
    if (too_many || !continues(rows, point)) return all_changed(sql, end_of_log(sql, dialect));
    Changes changes{.latest = point, .everything = false, .changed = {}, .ended = {}, .schemes = {}};
    bool new_hash = false;
    for (auto const& row : rows) {
        if (row.id == point.id) continue;  // known
        changes.everything |= row.id != changes.latest.id + 1;
        changes.latest.id = row.id;
        if (row.kind != "added") changes.changed.push_back(row.user);
        if (ends_all(row.kind)) changes.ended.push_back(row.user);
        new_hash |= row.kind == "added" || row.kind == "password";
    }
    if (!rows.empty()) changes.latest = rows.back().point();
    if (new_hash || changes.everything) changes.schemes = read_schemes(sql);
    return changes;
}

}  // namespace tollgate::auth
