#include "proxy/flight.hpp"

#include "http/trailers.hpp"
#include "proxy/connection.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace tollgate::proxy {
namespace {

// What the log shows of a target that was refused: what was sent before a query or a fragment, which may hold a token;
// nothing of an absolute form, which may hold a password.
std::string_view refused_path(std::string_view target) {
    return target.starts_with('/') ? target.substr(0, target.find_first_of("?#")) : std::string_view{};
}

}  // namespace

Flight::Flight(Connection& from, std::shared_ptr<Generation const> begun_with, std::size_t head_bytes)
    : connection(from),
      state(from.state()),
      generation(std::move(begun_with)),
      raw_head(http::keep(arena, from.buffer().text().substr(0, head_bytes))),
      client{.address = std::string(from.peer())},
      exchange(head, client, generation->slots(), arena) {
    from.buffer().consume(head_bytes);
    from.buffer().release_if_empty();  // the next one who reads has it while it is in the caches
    exchange.began = state.worker().turn_began();
    exchange.worker = state.worker().index();
}

void Flight::end(errc why) {
    if (ended == errc{}) ended = why;
    if (upstream) upstream->stream->interrupt(why);
    connection.stream().interrupt(why);
    if (queue_wait) queue_wait->wake();
}

void Flight::head_goes_out(unsigned status) noexcept {
    head_sent = true;
    summary.status = status;
    summary.first_byte = net::Worker::now() - exchange.began;
}

std::chrono::nanoseconds Flight::lasted() const noexcept {
    auto const since_turn_began = state.worker().turn_began() - exchange.began;
    return std::max(since_turn_began, summary.first_byte.value_or(since_turn_began));
}

void Flight::note_failure(errc reason) noexcept {
    summary.reason = reason;
    summary.ending = ending_of(reason, head_sent ? HeadSent::yes : HeadSent::no);
}

void Flight::cut(errc reason) noexcept {
    note_failure(reason);
    close_at_least(After::cut);
}

void Flight::expect_answer() {
    awaited = ServiceTime::first_byte;
    if (request_sent) server_awaited_since = state.worker().turn_began();
    if (auto const patience = route->settings->timeouts.first_byte) state.worker().arm(answer_overdue, *patience);
}

ClientConnection Flight::settle_connection(http::BodyKind sent) noexcept {
    // Who waits for a 100 sends no body after a final answer, or all of it: nobody knows (RFC 9110, section 10.1.1).
    bool const waits = !told_to_continue && head.fields.find(http::FieldName::expect).has_value();
    if (body && !body->done() && (waits || !upload.running())) body_is_lost();
    if (connection.draining() || sent == http::BodyKind::until_close) close_at_least(After::linger);
    if (after != After::keep_alive) return ClientConnection::close;
    return head.minor == 0 ? ClientConnection::keep_alive_http_1_0 : ClientConnection::keep_alive;
}

void Flight::add_transport_security(http::FieldList& fields) {
    auto const& hsts = generation->settings().hsts;
    if (!hsts || !connection.entrance().tls) return;
    auto const value = fmt::format("max-age={}", std::chrono::duration_cast<std::chrono::seconds>(*hsts).count());
    fields.remove(http::FieldName::strict_transport_security);
    fields.append(http::FieldName::strict_transport_security, "Strict-Transport-Security", http::keep(arena, value));
}

std::string_view Flight::kept_trailers(BodyReader const& from) {
    return http::kept_trailers(from.trailers(), route->settings->trailers, arena);
}

void Flight::watch_client() {
    connection.stream().watch(net::Stream::OnBytes::ignore, [this] { end(errc::client_gone); });
}

std::string_view Flight::user_id() const noexcept {
    return exchange.identity ? std::string_view(exchange.identity->user_id) : std::string_view{};
}

std::shared_ptr<upstream::Cluster> const& Flight::cluster() const noexcept {
    return lease.is_place() ? lease.cluster() : generation->clusters()[route->upstream];
}

upstream::Pool* Flight::pool() const noexcept {
    bool const ours = cluster() == generation->clusters()[route->upstream];
    return ours ? state.pool(*generation, route->upstream, lease.index()) : nullptr;
}

AccessRecord Flight::record() const {
    return {.time = state.wall_now(),
            .request_id = exchange.request_id,
            .client = client.address,
            .method = head.method,
            .path = exchange.target.path.empty() ? refused_path(head.target) : exchange.target.path,
            .route = route ? std::string_view(route->facts.pattern) : std::string_view{},
            .user_id = user_id(),
            .upstream = route && route->settings ? std::string_view(route->settings->upstream) : std::string_view{},
            .server = lease ? std::string_view(lease->name()) : std::string_view{},
            .hint = hint,
            .summary = summary};
}

}  // namespace tollgate::proxy
