#include "upstream/retry.hpp"

#include <algorithm>
#include <array>

namespace tollgate::upstream {

bool is_idempotent(std::string_view method) noexcept {
    static constexpr std::array<std::string_view, 6> idempotent{"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"};
    return std::ranges::find(idempotent, method) != idempotent.end();
}

bool may_retry(Attempt const& attempt) noexcept {
    if (attempt.number >= most_attempts || attempt.answer_begun || !attempt.body_at_hand) return false;
    if (!attempt.connection_reused) return false;  // a fresh connection that fails says something about the service
    return !attempt.bytes_written || is_idempotent(attempt.method);
}

}  // namespace tollgate::upstream
