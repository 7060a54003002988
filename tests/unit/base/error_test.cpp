#include "base/error.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

namespace tollgate::error_test {
using namespace std::literals;

namespace {

std::vector<errc> every_errc() {
    std::vector<errc> all;
    for (int i = 1; i <= static_cast<int>(errc::cancelled); ++i) all.push_back(static_cast<errc>(i));
    return all;
}

}  // namespace

TEST_CASE("every reason has a word of its own, in lower case") {
    std::set<std::string_view> words;
    for (auto const code : every_errc()) {
        auto const word = reason_of(code).word;
        CAPTURE(word);
        CHECK_FALSE(word.empty());
        CHECK(word.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos);
        CHECK(words.insert(word).second);
    }
}

TEST_CASE("every reason that is sent has a status of an error and a sentence") {
    for (auto const code : every_errc()) {
        auto const& reason = reason_of(code);
        CAPTURE(reason.word);
        if (reason.status == 0) {
            CHECK(code >= errc::end_of_stream);
            continue;
        }
        CHECK(code < errc::end_of_stream);
        CHECK(reason.status >= 400);
        CHECK(reason.status < 600);
        CHECK_FALSE(reason.detail.empty());
    }
}

TEST_CASE("a public word is another reason's, with the same status and sentence") {
    for (auto const code : every_errc()) {
        auto const& reason = reason_of(code);
        CAPTURE(reason.word);
        bool found = false;
        for (auto const other : every_errc()) {
            auto const& shown = reason_of(other);
            if (shown.word != reason.public_word) continue;
            found = true;
            CHECK(shown.public_word == shown.word);
            CHECK(shown.status == reason.status);
            CHECK(shown.detail == reason.detail);
        }
        CHECK(found);
    }
}

TEST_CASE("a client cannot tell why a token is bad") {
    for (auto const code : {errc::bad_signature, errc::token_not_yet_valid, errc::token_revoked, errc::user_unknown,
                            errc::user_disabled}) {
        auto const& reason = reason_of(code);
        CAPTURE(reason.word);
        CHECK(reason.public_word == "bad_token");
        CHECK(reason.status == 401);
        CHECK(reason.detail == "Could not validate credentials");
    }
}

TEST_CASE("the statuses are those of the contract") {
    struct Row {
        errc code;
        unsigned status;
    };
    for (auto const& row : std::vector<Row>{
             {errc::bad_request_framing, 400},
             {errc::bad_target, 400},
             {errc::bad_host, 400},
             {errc::target_too_long, 414},
             {errc::head_too_large, 431},
             {errc::body_too_large, 413},
             {errc::request_timeout, 408},
             {errc::expectation_failed, 417},
             {errc::no_route, 404},
             {errc::method_not_allowed, 405},
             {errc::unsupported_media_type, 415},
             {errc::no_token, 401},
             {errc::bad_credentials, 401},
             {errc::too_many_attempts, 429},
             {errc::forbidden, 403},
             {errc::upstream_refused, 502},
             {errc::upstream_bad_response, 502},
             {errc::upstream_timeout, 504},
             {errc::store_unavailable, 503},
             {errc::queue_full, 503},
             {errc::draining, 503},
             {errc::internal_error, 500},
         }) {
        CAPTURE(reason_of(row.code).word);
        CHECK(reason_of(row.code).status == row.status);
    }
    CHECK(reason_of(errc::bad_credentials).detail == "Incorrect email or password");
}

TEST_CASE("an error code of ours carries its word") {
    boost::system::error_code const code = errc::no_route;
    CHECK(code.failed());
    CHECK(code.category() == tollgate_category());
    CHECK(code.category().name() == "tollgate"s);
    CHECK(code.message() == "no_route");
    CHECK(errc_of(code, errc::internal_error) == errc::no_route);
    Result<int> const result = failure(errc::no_route);
    REQUIRE_FALSE(result);
    CHECK(result.error() == errc::no_route);
}

TEST_CASE("an error code of another library becomes what the caller says") {
    auto const other = boost::system::errc::make_error_code(boost::system::errc::connection_reset);
    CHECK(errc_of(other, errc::upstream_failed) == errc::upstream_failed);
    CHECK(errc_of(boost::system::error_code(1, boost::system::generic_category()), errc::internal_error) ==
          errc::internal_error);
}

}  // namespace tollgate::error_test
