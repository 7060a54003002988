#include "upstream/retry.hpp"

#include <doctest/doctest.h>

#include <string_view>

namespace tollgate::retry_test {
using tollgate::errc;
using tollgate::upstream::admits_repetition;
using tollgate::upstream::Again;
using tollgate::upstream::again;
using tollgate::upstream::Attempt;
using tollgate::upstream::is_idempotent;
using tollgate::upstream::is_silence;
using tollgate::upstream::is_worth_retaining;

TEST_CASE("the idempotent methods are those of RFC 9110, section 9.2.2") {
    for (auto const* const method : {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"}) CHECK(is_idempotent(method));
    for (auto const* const method : {"POST", "PATCH", "get", "", "PURGE", "CONNECT"})
        CHECK_FALSE(is_idempotent(method));
}

namespace {

// The rule, in other words.
Again expected(Attempt const& attempt) {
    auto const method = std::string_view(attempt.method);
    bool const over = attempt.number > 2 || attempt.answer_begun;
    bool const unseen = !attempt.connected;
    bool const harmless = !attempt.bytes_written || method == "GET" || method == "PUT";
    bool const repeatable = unseen || (harmless && attempt.body_at_hand);
    bool const too_much = attempt.silences > 1 || (attempt.silences == 1 && !attempt.may_add_load);
    if (over || !repeatable || too_much) return Again::no;
    bool const keeps_place = !unseen && attempt.connection_reused && attempt.holds_place;
    if (attempt.other_server && !keeps_place) return Again::other_server;
    return !unseen && attempt.connection_reused ? Again::same_server : Again::no;
}

}  // namespace

TEST_CASE("a request is repeated only where the service cannot have worked on it, or may work on it twice") {
    for (auto const* const method : {"GET", "PUT", "POST", "PATCH"}) {
        for (unsigned bits = 0; bits < 1024; ++bits) {
            for (unsigned number = 1; number <= 4; ++number) {
                Attempt const attempt{.method = method,
                                      .number = number,
                                      .connected = (bits & 16) != 0,
                                      .connection_reused = (bits & 1) != 0,
                                      .bytes_written = (bits & 2) != 0,
                                      .body_at_hand = (bits & 4) != 0,
                                      .answer_begun = (bits & 8) != 0,
                                      .failure = errc::upstream_failed,
                                      .holds_place = (bits & 512) != 0,
                                      .other_server = (bits & 32) != 0,
                                      .silences = (bits >> 7U) & 3U,
                                      .may_add_load = (bits & 64) != 0};
                CAPTURE(method);
                CAPTURE(bits);
                CAPTURE(number);
                CHECK((again(attempt) == expected(attempt)));
                bool const may_repeat = is_idempotent(method) && number < 3 && !attempt.answer_begun;
                bool const has_place = attempt.other_server || attempt.connection_reused;
                CHECK(is_worth_retaining(attempt) == (may_repeat && has_place));
            }
        }
    }
}

TEST_CASE("where a request goes next, in the cases that happen") {
    Attempt const refused{
        .method = "POST", .body_at_hand = true, .failure = errc::upstream_refused, .other_server = true};
    CHECK((again(refused) == Again::other_server));
    Attempt large = refused;
    large.body_at_hand = false;  // nobody has taken anything of it
    CHECK((again(large) == Again::other_server));
    Attempt alone = refused;
    alone.other_server = false;
    CHECK((again(alone) == Again::no));
    Attempt stale{.method = "GET",
                  .connected = true,
                  .connection_reused = true,
                  .bytes_written = true,
                  .body_at_hand = true,
                  .failure = errc::upstream_failed};
    CHECK((again(stale) == Again::same_server));
    stale.other_server = true;
    CHECK((again(stale) == Again::other_server));
    stale.holds_place = true;
    CHECK((again(stale) == Again::same_server));
    stale.connection_reused = false;  // a fresh one that breaks off: the place is given up
    CHECK((again(stale) == Again::other_server));
    stale.connection_reused = true;
    stale.method = "POST";
    CHECK((again(stale) == Again::no));
}

TEST_CASE("a request goes again when the way failed, and not the answer, the client or the gateway") {
    struct Row {
        errc failure;
        Again unconnected, connected;
        bool silence;
    };
    constexpr auto no = Again::no;
    constexpr auto other = Again::other_server;
    for (auto const& row :
         {Row{errc::upstream_refused, other, other, false}, Row{errc::upstream_unresolved, other, other, false},
          Row{errc::upstream_tls, other, other, false}, Row{errc::upstream_failed, other, other, false},
          Row{errc::upstream_timeout, other, other, true}, Row{errc::upstream_bad_response, no, no, false},
          Row{errc::no_event_stream, no, no, false}, Row{errc::too_many_connections, no, no, false},
          Row{errc::client_gone, no, no, false}, Row{errc::client_stalled, no, no, false},
          Row{errc::request_timeout, no, no, false}, Row{errc::bad_request_framing, no, no, false},
          Row{errc::body_too_large, no, no, false}, Row{errc::cut_by_plugin, no, no, false},
          Row{errc::token_revoked, no, no, false}, Row{errc::draining, no, no, false},
          Row{errc::cancelled, no, no, false}, Row{errc::internal_error, no, no, false}, Row{errc{}, no, no, false}}) {
        Attempt attempt{.method = "GET", .body_at_hand = true, .failure = row.failure, .other_server = true};
        CAPTURE(tollgate::make_error_code(row.failure).message());
        CHECK((again(attempt) == row.unconnected));
        CHECK_FALSE(is_silence(attempt));
        attempt.connected = true;
        CHECK((again(attempt) == row.connected));
        CHECK(is_silence(attempt) == row.silence);
    }
}

TEST_CASE("a body is retained only where somebody could be sent it again") {
    Attempt const alone{.method = "PUT", .connected = true, .bytes_written = true};
    CHECK_FALSE(is_worth_retaining(alone));
    Attempt reused = alone;
    reused.connection_reused = true;
    CHECK(is_worth_retaining(reused));
    Attempt among_others = alone;
    among_others.other_server = true;
    CHECK(is_worth_retaining(among_others));
    among_others.number = 3;
    CHECK_FALSE(is_worth_retaining(among_others));
    Attempt post = reused;
    post.method = "POST";
    post.other_server = true;
    CHECK_FALSE(is_worth_retaining(post));
}

TEST_CASE("a place on a server is kept for the sake of a dead connection, and not for a server that is silent") {
    Attempt attempt{.method = "GET",
                    .connected = true,
                    .connection_reused = true,
                    .body_at_hand = true,
                    .failure = errc::upstream_failed,
                    .holds_place = true,
                    .other_server = true};
    CHECK((again(attempt) == Again::same_server));
    attempt.failure = errc::upstream_timeout;
    attempt.silences = 1;
    CHECK((again(attempt) == Again::other_server));
}

TEST_CASE("after silence a request is repeated once, if that is no great load; other failures do not count") {
    Attempt silent{.method = "GET",
                   .connected = true,
                   .bytes_written = true,
                   .body_at_hand = true,
                   .failure = errc::upstream_timeout,
                   .other_server = true,
                   .silences = 1};
    CHECK((again(silent) == Again::other_server));
    silent.may_add_load = false;
    CHECK((again(silent) == Again::no));
    silent.may_add_load = true;
    silent.number = silent.silences = 2;
    CHECK((again(silent) == Again::no));
    silent.silences = 1;  // the second attempt broke off
    CHECK((again(silent) == Again::other_server));
}

TEST_CASE("a fifth of the requests may be repeated after silence at a time, and always ten") {
    struct Row {
        unsigned running, outstanding;
        bool admitted;
    };
    for (auto const& row : {Row{0, 1, true}, Row{9, 9, true}, Row{10, 9, false}, Row{9, 50, true}, Row{10, 54, false},
                            Row{10, 55, true}, Row{11, 55, false}, Row{199, 1000, true}, Row{200, 1000, false}}) {
        CAPTURE(row.running);
        CAPTURE(row.outstanding);
        CHECK(admits_repetition(row.running, row.outstanding) == row.admitted);
    }
}

}  // namespace tollgate::retry_test
