#include "auth/store/sqlite_backup.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>

namespace tollgate::auth {
namespace {

using Database = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;

constexpr int busy_timeout_ms = 5000;

// Opens `file`, which must be there; what SQLite said is in `code`.
Database open_database(std::filesystem::path const& file, int& code) {
    sqlite3* opened = nullptr;
    code = sqlite3_open_v2(file.c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
    Database database(opened, sqlite3_close);
    if (code == SQLITE_OK) code = sqlite3_busy_timeout(opened, busy_timeout_ms);
    return database;
}

// All pages in one step: the source stays in one state for as long.
int copy_all(sqlite3& from, sqlite3& to) {
    auto* const backup = sqlite3_backup_init(&to, "main", &from, "main");
    if (!backup) return sqlite3_errcode(&to) == SQLITE_OK ? SQLITE_ERROR : sqlite3_errcode(&to);
    sqlite3_backup_step(backup, -1);
    int const code = sqlite3_backup_finish(backup);
    // A backup is one file: without the log beside it that the original has.
    return code == SQLITE_OK ? sqlite3_exec(&to, "PRAGMA journal_mode = DELETE", nullptr, nullptr, nullptr) : code;
}

int copy_database(std::filesystem::path const& store, std::filesystem::path const& copy) {
    int code = SQLITE_OK;
    auto const from = open_database(store, code);
    if (code != SQLITE_OK) return code;
    auto const to = open_database(copy, code);
    return code == SQLITE_OK ? copy_all(*from, *to) : code;
}

}  // namespace

std::expected<void, std::string> back_up_sqlite(std::filesystem::path const& store, std::filesystem::path const& copy) {
    auto const problem = [&](std::string const& what) {
        return std::unexpected(fmt::format("{}: {}", copy.native(), what));
    };
    if (!std::filesystem::is_regular_file(store)) return problem(fmt::format("there is no store {}", store.native()));
    int const made = ::open(copy.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (made < 0) return problem(std::generic_category().message(errno));
    ::close(made);

    int const code = copy_database(store, copy);
    if (code == SQLITE_OK) return {};
    std::error_code ignored;  // what matters is said already
    std::filesystem::remove(copy, ignored);
    return problem(sqlite3_errstr(code));
}

}  // namespace tollgate::auth
