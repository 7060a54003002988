#include "proxy/outcome.hpp"

#include <fmt/format.h>

#include <string_view>

namespace tollgate::proxy {
namespace {

errc reason_for_silence(Way way) noexcept {
    switch (way) {
        case Way::from_client: return errc::request_timeout;
        case Way::to_client: return errc::client_stalled;
        case Way::upstream: return errc::upstream_timeout;
    }
    return errc::internal_error;
}

std::string_view key_of(ServiceTime time) noexcept {
    switch (time) {
        case ServiceTime::connect: return "connect";
        case ServiceTime::first_byte: return "first_byte";
        case ServiceTime::gap: return "gap";
        case ServiceTime::total: return "total";
    }
    return {};
}

}  // namespace

errc reason_of_failure(boost::system::error_code code, Way way) noexcept {
    bool const ours = way != Way::upstream;
    auto const broken_off = ours ? errc::client_gone : errc::upstream_failed;
    switch (auto const why = errc_of(code, errc::connection_reset)) {
        case errc::end_of_stream:
        case errc::connection_reset: return broken_off;
        case errc::timed_out: return reason_for_silence(way);
        case errc::bad_request_framing: return ours ? why : errc::upstream_bad_response;
        default: return why;
    }
}

plugin::Ending ending_of(errc reason, HeadSent head) noexcept {
    using plugin::Ending;
    switch (reason) {
        case errc::client_gone: return Ending::client_gone;
        case errc::client_stalled:
        case errc::tunnel_idle:
        case errc::request_timeout:
        case errc::queue_timeout:
        case errc::upstream_timeout: return Ending::timed_out;
        case errc::upstream_refused:
        case errc::upstream_unresolved:
        case errc::upstream_tls:
        case errc::upstream_failed:
        case errc::upstream_bad_response:
        case errc::no_event_stream:
        case errc::no_healthy_upstream: return Ending::upstream_failed;
        case errc::draining: return Ending::drained;
        case errc::token_revoked: return Ending::revoked;
        case errc::cut_by_plugin: return Ending::cut_by_plugin;
        default: return head == HeadSent::yes ? Ending::refused : Ending::complete;
    }
}

bool is_unheard(errc reason) noexcept { return reason == errc::client_gone || reason == errc::client_stalled; }

std::string overdue_detail(ServiceTime over) {
    return fmt::format(
        "The service behind did not answer in time: `timeouts.{}` of the route sets how long it may take.",
        key_of(over));
}

errc reason_to_tell(boost::system::error_code code) noexcept {
    auto const why = errc_of(code, errc::internal_error);
    return reason_of(why).status == 0 && !is_unheard(why) ? errc::internal_error : why;
}

}  // namespace tollgate::proxy
