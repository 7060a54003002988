#include "proxy/outcome.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tollgate::outcome_test {
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

TEST_CASE("a reason says how the exchange ended; what we could answer is complete, what was under way is not") {
    struct Row {
        errc reason;
        Ending before_head, after_head;
    };
    auto const same = [](errc reason, Ending ending) { return Row{reason, ending, ending}; };
    for (auto const& row : {
             same(errc::client_gone, Ending::client_gone),
             same(errc::client_stalled, Ending::timed_out),
             same(errc::tunnel_idle, Ending::timed_out),
             same(errc::request_timeout, Ending::timed_out),
             same(errc::upstream_timeout, Ending::timed_out),
             same(errc::upstream_refused, Ending::upstream_failed),
             same(errc::upstream_unresolved, Ending::upstream_failed),
             same(errc::upstream_tls, Ending::upstream_failed),
             same(errc::upstream_failed, Ending::upstream_failed),
             same(errc::upstream_bad_response, Ending::upstream_failed),
             same(errc::no_healthy_upstream, Ending::upstream_failed),
             same(errc::no_event_stream, Ending::upstream_failed),
             same(errc::queue_timeout, Ending::timed_out),
             Row{errc::queue_full, Ending::complete, Ending::refused},
             same(errc::draining, Ending::drained),
             same(errc::token_revoked, Ending::revoked),
             same(errc::cut_by_plugin, Ending::cut_by_plugin),
             Row{errc::no_token, Ending::complete, Ending::refused},
             Row{errc::bad_request_framing, Ending::complete, Ending::refused},
             Row{errc::body_too_large, Ending::complete, Ending::refused},
             Row{errc::internal_error, Ending::complete, Ending::refused},
         }) {
        CAPTURE(reason_of(row.reason).word);
        CHECK(ending_of(row.reason, HeadSent::no) == row.before_head);
        CHECK(ending_of(row.reason, HeadSent::yes) == row.after_head);
    }
}

TEST_CASE("a failure before the head is told, or unheard, or a bug of ours") {
    for (auto const told : {errc::no_token, errc::request_timeout, errc::upstream_failed, errc::no_healthy_upstream,
                            errc::draining, errc::token_revoked, errc::cut_by_plugin, errc::internal_error}) {
        CAPTURE(reason_of(told).word);
        CHECK(reason_to_tell(told) == told);
        CHECK_FALSE(is_unheard(told));
    }
    for (auto const unheard : {errc::client_gone, errc::client_stalled}) {
        CHECK(reason_to_tell(unheard) == unheard);
        CHECK(is_unheard(unheard));
    }
    for (auto const stray :
         {errc::end_of_stream, errc::connection_reset, errc::timed_out, errc::tunnel_idle, errc::cancelled}) {
        CAPTURE(reason_of(stray).word);
        CHECK(reason_to_tell(stray) == errc::internal_error);
    }
    CHECK(reason_to_tell(boost::system::errc::make_error_code(boost::system::errc::broken_pipe)) ==
          errc::internal_error);
}

TEST_CASE("the time that was over is named by its key") {
    CHECK(overdue_detail(ServiceTime::connect).contains("`timeouts.connect` of the route"));
    CHECK(overdue_detail(ServiceTime::first_byte).contains("`timeouts.first_byte` of the route"));
    CHECK(overdue_detail(ServiceTime::gap).contains("`timeouts.gap` of the route"));
    CHECK(overdue_detail(ServiceTime::total).contains("`timeouts.total` of the route"));
}

}  // namespace tollgate::outcome_test
