// A connection to the SQLite file of users, with its settings and tables. Inside users*.cpp only: everybody else has
// a UserStore. The only header that includes SOCI; it throws, and guarded() turns that into values.
#pragma once

#include "base/error.hpp"

#include <soci/soci.h>

#include <filesystem>
#include <string>

namespace tollgate::auth {

// What SQLite says about the exception being handled, without the SQL and its values.
[[nodiscard]] std::string store_problem();

// Opens `file`, which exists, and makes the tables. Throws soci::soci_error; std::runtime_error with one line when
// the file is of a newer version.
void open_users(soci::session& session, std::filesystem::path const& file);

// A transaction that holds the write lock from its beginning (SOCI's own begins without); rolled back unless committed.
class WriteTransaction {
public:
    explicit WriteTransaction(soci::session& session);
    WriteTransaction(WriteTransaction const&) = delete;
    WriteTransaction& operator=(WriteTransaction const&) = delete;
    ~WriteTransaction();
    void commit();

private:
    soci::session& session_;
    bool open_ = true;
};

}  // namespace tollgate::auth
