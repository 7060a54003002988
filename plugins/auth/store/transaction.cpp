#include "auth/store/transaction.hpp"

#include <soci/soci.h>

namespace tollgate::auth {
namespace {

void roll_back(soci::session& session) noexcept {
    try {
        session << "ROLLBACK";
    } catch (std::exception const&) {
        // The database has rolled back by itself, or the connection is gone: both undo the transaction.
    }
}

}  // namespace

WriteTransaction::WriteTransaction(soci::session& session, char const* begin) : session_(session) {
    try {
        session_ << begin;
    } catch (...) {  // of several statements the first may have begun it
        roll_back(session_);
        throw;
    }
}

WriteTransaction::~WriteTransaction() {
    if (open_) roll_back(session_);
}

void WriteTransaction::commit() {
    try {
        session_ << "COMMIT";
    } catch (std::exception const&) {
        std::throw_with_nested(CommitFailed());
    }
    open_ = false;
}

}  // namespace tollgate::auth
