#include "upstream/blame.hpp"

namespace tollgate::upstream {

bool is_to_blame(Attempt const& attempt, Failure const& failure) noexcept {
    if (failure.total) return failure.waited >= *failure.total / 2;
    switch (failure.why) {
        case errc::upstream_refused:
        case errc::upstream_tls:
        case errc::upstream_unresolved: return true;
        case errc::upstream_timeout: return !attempt.connected || failure.had_request;
        case errc::upstream_failed:
            if (!attempt.connected) return true;
            return failure.had_request && (!attempt.connection_reused || attempt.answer_begun);
        default: return false;
    }
}

}  // namespace tollgate::upstream
