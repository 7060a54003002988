// The one list of what can go wrong while the gateway runs. Each value has a stable word (the `reason` of our own
// answers and of the access log), the status a client sees and one sentence for the client. Expected failures travel as
// values: Result<T>. Configuration errors are not here, they have a position: settings/node.hpp.
#pragma once

#include <boost/system/error_code.hpp>

#include <expected>
#include <string_view>
#include <type_traits>

namespace tollgate {

enum class errc {
    // The request cannot be understood or is not admitted.
    bad_request_framing = 1,
    bad_target,
    bad_host,
    target_too_long,
    head_too_large,
    body_too_large,
    request_timeout,
    expectation_failed,
    upgrade_refused,
    no_route,
    method_not_allowed,
    unsupported_media_type,
    bad_form,

    // Who is calling.
    no_token,
    bad_token,
    token_expired,
    token_not_yet_valid,
    bad_signature,
    token_revoked,
    user_unknown,
    user_disabled,
    bad_credentials,
    too_many_attempts,
    rate_limited,
    concurrency_limited,
    forbidden,
    cut_by_plugin,

    // The service behind.
    upstream_refused,
    upstream_unresolved,
    upstream_tls,
    upstream_failed,
    upstream_bad_response,
    upstream_timeout,
    no_healthy_upstream,
    queue_timeout,
    no_event_stream,

    // Ourselves.
    store_unavailable,
    queue_full,
    draining,
    too_many_connections,
    internal_error,

    // How a connection or a wait ended; never sent to a client.
    end_of_stream,
    connection_reset,
    timed_out,
    client_gone,
    client_stalled,
    tunnel_idle,
    cancelled,
};

// What is known about an errc. `public_word` differs from `word` where a client must not learn the difference.
struct Reason {
    std::string_view word;
    std::string_view public_word;
    unsigned status;          // 0: never sent to a client
    std::string_view detail;  // one sentence for the client
};

[[nodiscard]] Reason const& reason_of(errc code) noexcept;

[[nodiscard]] boost::system::error_category const& tollgate_category() noexcept;

[[nodiscard]] inline boost::system::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), tollgate_category()};
}

// The errc inside `code`, or `otherwise` when the code is another library's.
[[nodiscard]] errc errc_of(boost::system::error_code code, errc otherwise) noexcept;

template <class T>
using Result = std::expected<T, boost::system::error_code>;

[[nodiscard]] inline std::unexpected<boost::system::error_code> failure(errc code) noexcept {
    return std::unexpected(make_error_code(code));
}

}  // namespace tollgate

template <>
struct boost::system::is_error_code_enum<tollgate::errc> : std::true_type {};
