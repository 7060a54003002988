#include "base/error.hpp"

#include <array>
#include <cassert>
#include <string>

namespace tollgate {
namespace {

constexpr std::string_view not_validated = "Could not validate credentials";

struct Row {
    errc code;
    Reason reason;
};

constexpr std::array rows{
    Row{errc::bad_request_framing,
        {"bad_request_framing", "bad_request_framing", 400, "The request is malformed or ambiguous."}},
    Row{errc::bad_target, {"bad_target", "bad_target", 400, "The request target is not a valid, normal path."}},
    Row{errc::bad_host, {"bad_host", "bad_host", 400, "The request needs exactly one valid Host."}},
    Row{errc::target_too_long, {"target_too_long", "target_too_long", 414, "The request target is too long."}},
    Row{errc::head_too_large, {"head_too_large", "head_too_large", 431, "The request head is too large."}},
    Row{errc::body_too_large,
        {"body_too_large", "body_too_large", 413, "The request body is larger than this route takes."}},
    Row{errc::request_timeout, {"request_timeout", "request_timeout", 408, "The request did not arrive in time."}},
    Row{errc::expectation_failed,
        {"expectation_failed", "expectation_failed", 417, "Only 100-continue can be expected."}},
    Row{errc::upgrade_refused, {"upgrade_refused", "upgrade_refused", 400, "This upgrade is not offered here."}},
    Row{errc::no_route, {"no_route", "no_route", 404, "No route admits this path."}},
    Row{errc::method_not_allowed,
        {"method_not_allowed", "method_not_allowed", 405, "The method is not allowed on this path."}},
    Row{errc::unsupported_media_type,
        {"unsupported_media_type", "unsupported_media_type", 415, "The content type is not supported."}},
    Row{errc::bad_form, {"bad_form", "bad_form", 400, "The body could not be read."}},

    Row{errc::no_token, {"no_token", "no_token", 401, not_validated}},
    Row{errc::bad_token, {"bad_token", "bad_token", 401, not_validated}},
    Row{errc::token_expired, {"token_expired", "token_expired", 401, not_validated}},
    Row{errc::token_not_yet_valid, {"token_not_yet_valid", "bad_token", 401, not_validated}},
    Row{errc::bad_signature, {"bad_signature", "bad_token", 401, not_validated}},
    Row{errc::token_revoked, {"token_revoked", "bad_token", 401, not_validated}},
    Row{errc::user_unknown, {"user_unknown", "bad_token", 401, not_validated}},
    Row{errc::user_disabled, {"user_disabled", "bad_token", 401, not_validated}},
    Row{errc::bad_credentials, {"bad_credentials", "bad_credentials", 401, "Incorrect email or password"}},
    Row{errc::too_many_attempts,
        {"too_many_attempts", "too_many_attempts", 429, "Too many attempts; try again later."}},
    Row{errc::rate_limited, {"rate_limited", "rate_limited", 429, "Too many requests; try again later."}},
    Row{errc::concurrency_limited,
        {"concurrency_limited", "concurrency_limited", 429,
         "Too many requests are running at once; wait for one to end."}},
    Row{errc::forbidden, {"forbidden", "forbidden", 403, "The token is good, but not for this."}},
    Row{errc::cut_by_plugin,
        {"cut_by_plugin", "cut_by_plugin", 403, "A rule of this gateway stopped the request or its answer."}},

    Row{errc::upstream_refused,
        {"upstream_refused", "upstream_refused", 502, "The service behind refused the connection."}},
    Row{errc::upstream_unresolved,
        {"upstream_unresolved", "upstream_unresolved", 502, "The service behind has no known address."}},
    Row{errc::upstream_tls,
        {"upstream_tls", "upstream_tls", 502, "The service behind could not be reached over TLS that can be trusted."}},
    Row{errc::upstream_failed,
        {"upstream_failed", "upstream_failed", 502, "The service behind closed the connection early."}},
    Row{errc::upstream_bad_response,
        {"upstream_bad_response", "upstream_bad_response", 502, "The service behind sent an invalid answer."}},
    Row{errc::upstream_timeout,
        {"upstream_timeout", "upstream_timeout", 504, "The service behind did not answer in time."}},
    Row{errc::no_healthy_upstream,
        {"no_healthy_upstream", "no_healthy_upstream", 503, "No server of the service behind is well."}},
    Row{errc::queue_timeout,
        {"queue_timeout", "queue_timeout", 503, "The turn of this request did not come in time; try again later."}},
    Row{errc::no_event_stream,
        {"no_event_stream", "no_event_stream", 502, "The service behind did not answer with an event stream."}},

    Row{errc::store_unavailable,
        {"store_unavailable", "store_unavailable", 503, "Users cannot be looked up at the moment."}},
    Row{errc::queue_full, {"queue_full", "queue_full", 503, "Too much is waiting already; try again shortly."}},
    Row{errc::draining, {"draining", "draining", 503, "This gateway is shutting down."}},
    Row{errc::too_many_connections, {"too_many_connections", "too_many_connections", 503, "Too many connections."}},
    Row{errc::internal_error, {"internal_error", "internal_error", 500, "The gateway failed to handle this request."}},

    Row{errc::end_of_stream, {"end_of_stream", "end_of_stream", 0, {}}},
    Row{errc::connection_reset, {"connection_reset", "connection_reset", 0, {}}},
    Row{errc::timed_out, {"timed_out", "timed_out", 0, {}}},
    Row{errc::client_gone, {"client_gone", "client_gone", 0, {}}},
    Row{errc::client_stalled, {"client_stalled", "client_stalled", 0, {}}},
    Row{errc::tunnel_idle, {"tunnel_idle", "tunnel_idle", 0, {}}},
    Row{errc::cancelled, {"cancelled", "cancelled", 0, {}}},
};

// The table is indexed by value: the order of the rows is the order of the enumerators.
consteval bool rows_match_enumerators() {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (static_cast<std::size_t>(rows[i].code) != i + 1) return false;
    }
    return static_cast<std::size_t>(errc::cancelled) == rows.size();
}
static_assert(rows_match_enumerators());

class Category final : public boost::system::error_category {
    char const* name() const noexcept override { return "tollgate"; }
    std::string message(int value) const override { return std::string(reason_of(static_cast<errc>(value)).word); }
};

}  // namespace

Reason const& reason_of(errc code) noexcept {
    auto const index = static_cast<std::size_t>(code) - 1;
    assert(index < rows.size());
    return rows[index].reason;
}

boost::system::error_category const& tollgate_category() noexcept {
    static Category const category;
    return category;
}

errc errc_of(boost::system::error_code code, errc otherwise) noexcept {
    return code.category() == tollgate_category() ? static_cast<errc>(code.value()) : otherwise;
}

}  // namespace tollgate
