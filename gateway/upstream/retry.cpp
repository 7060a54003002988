#include "upstream/retry.hpp"

#include <algorithm>
#include <array>

namespace tollgate::upstream {
namespace {

bool is_of_the_way(errc failure) noexcept {
    switch (failure) {
        case errc::upstream_refused:
        case errc::upstream_unresolved:
        case errc::upstream_tls:
        case errc::upstream_failed:
        case errc::upstream_timeout: return true;
        default: return false;
    }
}

}  // namespace

bool is_idempotent(std::string_view method) noexcept {
    static constexpr std::array<std::string_view, 6> idempotent{"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"};
    return std::ranges::find(idempotent, method) != idempotent.end();
}

bool admits_repetition(unsigned running, unsigned outstanding) noexcept {
    constexpr unsigned always = 10;
    constexpr unsigned share = 5;
    return running < std::max(always, outstanding / share);
}

bool is_silence(Attempt const& attempt) noexcept {
    return attempt.connected && attempt.failure == errc::upstream_timeout;
}

Again again(Attempt const& attempt) noexcept {
    if (attempt.number >= most_attempts || attempt.answer_begun || !is_of_the_way(attempt.failure)) return Again::no;
    auto const elsewhere = attempt.other_server ? Again::other_server : Again::no;
    if (attempt.silences > 1 || (attempt.silences == 1 && !attempt.may_add_load)) return Again::no;
    if (!attempt.connected) return elsewhere;  // nobody has seen anything of the request, and its body is untouched
    if (!attempt.body_at_hand || (attempt.bytes_written && !is_idempotent(attempt.method))) return Again::no;
    // A fresh connection that fails says something about the server.
    bool const stays = (attempt.holds_place && attempt.failure == errc::upstream_failed) || !attempt.other_server;
    return attempt.connection_reused && stays ? Again::same_server : elsewhere;
}

bool is_worth_retaining(Attempt attempt) noexcept {
    attempt.connected = attempt.bytes_written = attempt.body_at_hand = true;
    attempt.failure = errc::upstream_failed;  // it would break off
    attempt.silences = 0;
    return again(attempt) != Again::no;
}

}  // namespace tollgate::upstream
