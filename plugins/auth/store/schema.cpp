#include "auth/store/schema.hpp"

#include "auth/store/transaction.hpp"

#include <soci/soci.h>

#include <cstddef>
#include <stdexcept>
#include <string>

namespace tollgate::auth {
namespace {

// Of `schema_version`: who does not know it must not touch the store. Steps that only add leave it as it is.
constexpr int known_version = 1;

bool has_table(soci::session& sql, Dialect const& dialect, std::string const& name) {
    int count = 0;
    sql << dialect.count_tables, soci::use(name, "name"), soci::into(count);
    return count > 0;
}

// Stores of the first release do not count their steps.
std::size_t steps_done(soci::session& sql, Dialect const& dialect) {
    if (!has_table(sql, dialect, "schema_version")) return 0;
    if (!has_table(sql, dialect, "migrations")) return 1;
    int step = 0;
    sql << "SELECT COALESCE(MAX(step), 1) FROM migrations", soci::into(step);
    return static_cast<std::size_t>(step);
}

void refuse_unknown(soci::session& sql) {
    int version = 0;
    sql << "SELECT version FROM schema_version", soci::into(version);
    if (!sql.got_data()) throw std::runtime_error("it does not say of which version it is");
    if (version > known_version) throw std::runtime_error("a newer version of this program made it");
    if (version != known_version) throw std::runtime_error("its version is not known");
}

}  // namespace

void migrate(soci::session& sql, Dialect const& dialect) {
    if (steps_done(sql, dialect) > 0) refuse_unknown(sql);
    if (steps_done(sql, dialect) >= dialect.migrations.size()) return;
    WriteTransaction transaction(sql, dialect.begin_migration);
    auto const done = steps_done(sql, dialect);  // another process may have been faster
    for (auto step = done; step < dialect.migrations.size(); ++step) {
        for (auto const* const statement : dialect.migrations[step]) sql << statement;
        int const number = static_cast<int>(step) + 1;
        if (number > 1) sql << "INSERT INTO migrations (step) VALUES (:step)", soci::use(number);
    }
    transaction.commit();
}

}  // namespace tollgate::auth
