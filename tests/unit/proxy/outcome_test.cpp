#include "proxy/outcome.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace tollgate;
using namespace tollgate::proxy;
using plugin::Ending;

TEST_CASE("what a failure means depends on whose bytes were moving") {
    struct Row {
        errc code;
        errc from_client, to_client, upstream;
    };
    for (auto const& row : {
             Row{errc::end_of_stream, errc::client_gone, errc::client_gone, errc::upstream_failed},
             Row{errc::connection_reset, errc::client_gone, errc::client_gone, errc::upstream_failed},
             Row{errc::timed_out, errc::request_timeout, errc::client_stalled, errc::upstream_timeout},
             Row{errc::bad_request_framing, errc::bad_request_framing, errc::bad_request_framing,
                 errc::upstream_bad_response},
             Row{errc::body_too_large, errc::body_too_large, errc::body_too_large, errc::body_too_large},
             Row{errc::client_gone, errc::client_gone, errc::client_gone, errc::client_gone},
             Row{errc::draining, errc::draining, errc::draining, errc::draining},
             Row{errc::token_revoked, errc::token_revoked, errc::token_revoked, errc::token_revoked},
             Row{errc::upstream_timeout, errc::upstream_timeout, errc::upstream_timeout, errc::upstream_timeout},
         }) {
        CAPTURE(reason_of(row.code).word);
        CHECK(reason_of_failure(row.code, Way::from_client) == row.from_client);
        CHECK(reason_of_failure(row.code, Way::to_client) == row.to_client);
        CHECK(reason_of_failure(row.code, Way::upstream) == row.upstream);
    }
    auto const foreign = boost::system::errc::make_error_code(boost::system::errc::broken_pipe);
    CHECK(reason_of_failure(foreign, Way::to_client) == errc::client_gone);
    CHECK(reason_of_failure(foreign, Way::upstream) == errc::upstream_failed);
}

TEST_CASE("a reason says how the exchange ended; what we could answer is complete") {
    struct Row {
        errc reason;
        Ending ending;
    };
    for (auto const& row : {
             Row{errc::client_gone, Ending::client_gone},
             Row{errc::client_stalled, Ending::timed_out},
             Row{errc::tunnel_idle, Ending::timed_out},
             Row{errc::request_timeout, Ending::timed_out},
             Row{errc::upstream_timeout, Ending::timed_out},
             Row{errc::upstream_refused, Ending::upstream_failed},
             Row{errc::upstream_unresolved, Ending::upstream_failed},
             Row{errc::upstream_failed, Ending::upstream_failed},
             Row{errc::upstream_bad_response, Ending::upstream_failed},
             Row{errc::no_healthy_upstream, Ending::upstream_failed},
             Row{errc::draining, Ending::drained},
             Row{errc::token_revoked, Ending::revoked},
             Row{errc::no_token, Ending::complete},
             Row{errc::body_too_large, Ending::complete},
             Row{errc::internal_error, Ending::complete},
         }) {
        CAPTURE(reason_of(row.reason).word);
        CHECK(ending_of(row.reason) == row.ending);
    }
}
