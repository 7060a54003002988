#include "proxy/connection.hpp"

#include "base/client_key.hpp"
#include "base/log.hpp"
#include "http/head.hpp"
#include "proxy/phases.hpp"

#include <chrono>
#include <utility>

namespace tollgate::proxy {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

namespace {

// Requests that came all at once may be answered without a wait: so often, then others have their turn.
constexpr unsigned most_in_a_row = 16;

// Whether a client whose head did not become whole should be told: it had begun one.
bool is_worth_an_answer(boost::system::error_code failed) noexcept {
    auto const why = errc_of(failed, errc::connection_reset);
    return why == errc::request_timeout || why == errc::head_too_large || why == errc::target_too_long;
}

// What a client is told that speaks plain HTTP where TLS is spoken.
constexpr std::string_view speak_tls =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 26\r\nConnection: close\r\n\r\n"
    "This port takes HTTPS only";

}  // namespace

Connection::Connection(WorkerState& state, Descriptor connected, std::string peer, net::ConnectionLimit::Place place,
                       Entrance entrance, ProxyHeaderDue header)
    : state_(state),
      ongoing_(state.worker()),
      entrance_(std::move(entrance)),
      stream_(state.worker(), std::move(connected)),
      buffer_(state.worker().blocks()),
      peer_(std::move(peer)),
      place_(std::move(place)),
      draining_(state.draining()),
      proxy_header_(header) {
    state_.add(*this);
}

// To look at once would be in vain most often: a client learns of its connection before we do, but has to wake first.
void Connection::serve(std::unique_ptr<Connection> connection) {
    auto& worker = connection->state_.worker();
    bool const begins_otherwise = connection->entrance_.tls || connection->proxy_header_ == ProxyHeaderDue::yes;
    if (begins_otherwise) worker.spawn(begin(std::move(connection)));
    else wait_for_head(std::move(connection));
}

net::Task<> Connection::begin(std::unique_ptr<Connection> connection) {
    if (co_await connection->introduce()) wait_for_head(std::move(connection));
}

void Connection::wait_for_head(std::unique_ptr<Connection> connection) {
    auto const patience = connection->patience();
    if (!patience) {
        connection->read(std::unexpected(patience.error()));
        return go_on(std::move(connection));
    }
    auto& waiting = *connection;
    waiting.stream_.when_readable(
        *patience, [connection = std::move(connection)](Result<void>) mutable { go_on(std::move(connection)); },
        &waiting.step_);
}

// When something may have come, or none will.
void Connection::read(Result<void> const& ready) noexcept {
    woken_ = true;
    try {
        head_bytes_ = read_head(ready);
    } catch (...) {
        log::thrown("a connection");
        head_bytes_ = failure(errc::internal_error);
    }
}

void Connection::go_on(std::unique_ptr<Connection> connection) noexcept {
    try {
        auto const head_bytes = connection->head_bytes_;
        if (head_bytes == 0U) return wait_for_head(std::move(connection));
        if (head_bytes || is_worth_an_answer(head_bytes.error())) {
            return net::Worker::begin(exchange(std::move(connection), head_bytes));
        }
        connection->stream_.say_goodbye();
        connection->stream_.close();
    } catch (...) {
        log::thrown("a connection");
    }
}

net::Root Connection::exchange(std::unique_ptr<Connection> connection, Result<std::size_t> head_bytes) {
    try {
        auto after = After::keep_alive;
        connection->has_asked_ = true;
        for (unsigned number = 1; after == After::keep_alive; ++number) {
            if (number % most_in_a_row == 0) co_await net::let_others_run(connection->state_.worker().loop());
            if (connection->stream_.interrupted()) break;  // by the others, while no exchange was there to be ended
            after = co_await run_exchange(*connection, head_bytes);
            if (connection->draining_ && after == After::keep_alive) after = After::linger;
            if (after != After::keep_alive) break;
            connection->forget_head();
            head_bytes = connection->buffer_.empty() ? 0 : connection->head_in_buffer();
            if (head_bytes == 0U) co_return wait_for_head(std::move(connection));
        }
        if (after == After::close && !connection->is_quiet()) after = After::linger;
        connection->is_leaving_ = true;
        if (after == After::linger) co_await connection->stream_.linger();
        else connection->stream_.close();
    } catch (...) {
        log::thrown("a connection");
    }
}

// Nothing has come that nobody has read, as far as is known: closing does not reset the connection. What comes unasked
// from now on would do so a moment later too. In TLS the client may have a last word.
bool Connection::is_quiet() { return stream_.is_plain() && buffer_.empty() && stream_.is_quiet(); }

// What comes before the first request, within the time of a head. False when the connection has ended with it.
net::Task<bool> Connection::introduce() {
    auto patience = state_.generation()->settings().client_timeouts.head;
    if (proxy_header_ == ProxyHeaderDue::yes) {
        auto const began = net::Worker::now();
        if (!co_await hear_of_client(patience)) co_return false;
        patience -= duration_cast<milliseconds>(net::Worker::now() - began);
    }
    co_return !entrance_.tls || co_await shake_hands(patience);
}

// Who it is that the balancer connects for has his own place within the limits, not the balancer's.
net::Task<bool> Connection::hear_of_client(milliseconds patience) {
    net::ProxyHeaderReader reader;
    auto const result = co_await stream_.read_proxy_header(reader, patience);
    state_.record(result, peer_);
    if (result == net::ProxyHeader::client_named) peer_ = reader.client();
    stands_for_unknown_ = result == net::ProxyHeader::none_named;
    if (net::is_good(result) && place_.charge(client_key(peer_))) co_return true;
    stream_.close();
    co_return false;
}

// Why it failed is counted and not logged: anybody can cause it.
net::Task<bool> Connection::shake_hands(milliseconds patience) {
    auto const result = co_await stream_.accept_tls(*entrance_.tls, patience);
    state_.record(result);
    if (net::is_good(result)) co_return true;
    if (result == net::TlsHandshake::plain_http) {
        net::Gather gather;
        gather.add(speak_tls);
        (void)co_await stream_.write_rest(gather, patience);
    }
    // An alert says what is wrong: closing at once could destroy it.
    bool const heard = result != net::TlsHandshake::timed_out && result != net::TlsHandshake::peer_gone;
    if (heard && !stream_.interrupted()) co_await stream_.linger();
    else stream_.close();
    co_return false;
}

// How many bytes of the buffer are the next head; 0: none yet. Errors: head_too_large, target_too_long.
Result<std::size_t> Connection::head_in_buffer() {
    auto const& limits = state_.generation()->settings().limits;
    if (auto const size = http::head_size(buffer_.text(), scanned_); size > 0) {
        if (size > limits.head_bytes) return failure(errc::head_too_large);
        return size;
    }
    scanned_ = buffer_.size();
    if (scanned_ < limits.head_bytes) return 0;
    bool const all_target = buffer_.text().find("\r\n") == std::string_view::npos;
    return failure(all_target ? errc::target_too_long : errc::head_too_large);
}

// The same when a wait has ended so. Errors beside those: timed_out while nothing has come, request_timeout once
// something has; else what the stream says. The limits are looked up anew after each wait: a reload may have replaced
// the generation.
Result<std::size_t> Connection::read_head(Result<void> const& ready) {
    bool const was_idle = buffer_.empty();
    if (!ready) {
        bool const expired = errc_of(ready.error(), errc::connection_reset) == errc::timed_out;
        return expired && !was_idle ? failure(errc::request_timeout) : std::unexpected(ready.error());
    }
    auto const room = buffer_.prepare(state_.generation()->settings().limits.head_bytes);
    if (room.empty()) return head_in_buffer();  // the limit is lower than it was
    auto const count = stream_.read_some(room);
    if (!count) return std::unexpected(count.error());
    buffer_.commit(*count);
    if (was_idle && *count > 0) since_ = {};
    return head_in_buffer();
}

// How long the next head is waited for. Errors: timed_out when that time is over, draining.
Result<milliseconds> Connection::patience() {
    bool const idle = buffer_.empty();
    if (idle && has_asked_ && draining_) return failure(errc::draining);
    if (idle) buffer_.release_if_empty();
    auto const& timeouts = state_.generation()->settings().client_timeouts;
    auto const patience = idle && has_asked_ ? timeouts.idle : timeouts.head;
    if (since_ == steady_time{} && (woken_ || !idle)) since_ = net::Worker::now();
    if (since_ == steady_time{}) return patience;
    auto const left = patience - duration_cast<milliseconds>(net::Worker::now() - since_);
    return left.count() > 0 ? Result<milliseconds>(left) : failure(errc::timed_out);
}

void Connection::forget_head() noexcept {
    since_ = {};
    scanned_ = 0;
    woken_ = false;
}

void Connection::drain() {
    draining_ = true;
    if (!flight && !is_leaving_) stream_.look_again();
}

void Connection::end_unless_asked() {
    if (draining_ && !has_asked_ && buffer_.empty()) stream_.interrupt(errc::draining);
}

}  // namespace tollgate::proxy
