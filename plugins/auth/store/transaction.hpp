// A transaction that is rolled back unless it was committed. Inside store/ only.
#pragma once

#include <exception>

namespace soci {
class session;
}

namespace tollgate::auth {

// Thrown when a commit fails, with the driver's exception nested. When the connection broke in it, nobody here knows
// whether the transaction was committed: it must not be repeated.
struct CommitFailed : std::exception {
    [[nodiscard]] char const* what() const noexcept override { return "the commit failed"; }
};

class WriteTransaction {
public:
    // `begin` is one of the dialect's. The session outlives it. Throws what the driver throws.
    WriteTransaction(soci::session& session, char const* begin);
    WriteTransaction(WriteTransaction const&) = delete;
    WriteTransaction& operator=(WriteTransaction const&) = delete;
    ~WriteTransaction();
    void commit();  // throws CommitFailed

private:
    soci::session& session_;
    bool open_ = true;
};

}  // namespace tollgate::auth
