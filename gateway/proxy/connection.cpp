#include "proxy/connection.hpp"

#include "base/client_key.hpp"
#include "http/head.hpp"
#include "proxy/phases.hpp"

#include <algorithm>
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

net::Task<> let_others_run(net::Worker& worker) {
    net::Suspension turn(worker.loop());
    (void)co_await turn.wait({}, net::Suspension::Begin::ready);
}

// What a client is told that speaks plain HTTP where TLS is spoken.
constexpr std::string_view speak_tls =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 26\r\nConnection: close\r\n\r\n"
    "This port takes HTTPS only";

}  // namespace

Connection::Connection(WorkerState& state, net::Descriptor connected, std::string peer,
                       net::ConnectionLimit::Place place, Entrance entrance, ProxyHeaderDue header)
    : state_(state),
      entrance_(std::move(entrance)),
      stream_(state.worker(), std::move(connected)),
      buffer_(state.worker().blocks()),
      peer_(std::move(peer)),
      place_(std::move(place)),
      proxy_header_(header) {
    state_.add(*this);
}

net::Task<> Connection::serve(std::unique_ptr<Connection> connection) {
    bool const begins_otherwise = connection->entrance_.tls || connection->proxy_header_ == ProxyHeaderDue::yes;
    if (begins_otherwise && !co_await connection->begin()) co_return;
    auto after = After::keep_alive;
    for (unsigned number = 1; after == After::keep_alive; ++number) {
        if (number % most_in_a_row == 0) co_await let_others_run(connection->state_.worker());
        auto const head_bytes = co_await connection->next_head();
        if (!head_bytes && !is_worth_an_answer(head_bytes.error())) {
            connection->stream_.say_goodbye();
            break;
        }
        after = co_await run_exchange(*connection, head_bytes);
        if (connection->state_.draining() && after == After::keep_alive) after = After::linger;
    }
    if (after == After::close && !connection->is_quiet()) after = After::linger;
    if (after == After::linger) co_await connection->stream_.linger();
    else connection->stream_.close();
}

// Nothing has come that nobody has read: closing does not reset the connection. In TLS the client may have a last word.
bool Connection::is_quiet() { return stream_.is_plain() && buffer_.empty() && stream_.is_quiet_now(); }

// What comes before the first request, within the time of a head. False when the connection has ended with it.
net::Task<bool> Connection::begin() {
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

// How many bytes of the buffer are the next head. Errors: timed_out while nothing has come; request_timeout,
// head_too_large and target_too_long once something has; else what the stream says.
net::Task<Result<std::size_t>> Connection::next_head() {
    std::size_t scanned = 0;
    steady_time began{};
    steady_time woken{};  // for nothing: what TLS says to itself must not hold an idle connection for ever
    for (;;) {
        // Looked up anew after each wait: a reload may have replaced the generation meanwhile.
        auto const limits = state_.generation()->settings().limits;
        auto const timeouts = state_.generation()->settings().client_timeouts;
        if (auto const size = http::head_size(buffer_.text(), scanned); size > 0) {
            if (size > limits.head_bytes) co_return failure(errc::head_too_large);
            co_return size;
        }
        scanned = buffer_.size();
        if (scanned >= limits.head_bytes) {
            bool const all_target = buffer_.text().find("\r\n") == std::string_view::npos;
            co_return failure(all_target ? errc::target_too_long : errc::head_too_large);
        }
        bool const idle = buffer_.empty();
        if (idle && state_.draining()) co_return failure(errc::draining);
        if (!idle && began == steady_time{}) began = net::Worker::now();
        auto const since = idle ? woken : began;
        auto patience = idle ? timeouts.idle : timeouts.head;
        if (since != steady_time{}) patience -= duration_cast<milliseconds>(net::Worker::now() - since);
        if (patience.count() <= 0) co_return failure(idle ? errc::timed_out : errc::request_timeout);
        if (idle) buffer_.release_if_empty();
        auto const ready = co_await stream_.readable(patience);
        if (!ready) {
            bool const expired = errc_of(ready.error(), errc::connection_reset) == errc::timed_out;
            co_return expired && !idle ? failure(errc::request_timeout) : std::unexpected(ready.error());
        }
        auto const count = stream_.read_some(buffer_.prepare(state_.generation()->settings().limits.head_bytes));
        if (!count) co_return std::unexpected(count.error());
        buffer_.commit(*count);
        if (*count == 0 && woken == steady_time{}) woken = net::Worker::now();
    }
}

void Connection::drain() {
    if (!flight && buffer_.empty()) stream_.interrupt(errc::draining);
}

}  // namespace tollgate::proxy
