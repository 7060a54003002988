#include "net/stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace tollgate::net {
namespace {

constexpr std::size_t most_lingering_bytes = 64 * 1024 * 1024;
constexpr std::chrono::seconds most_lingering_silence{2};
constexpr int most_lingering_reads = 64;  // before others run
constexpr int most_quiet_looks = 8;
constexpr std::chrono::milliseconds place_again_after{10};
constexpr std::chrono::milliseconds place_again_at_last_after{250};

std::chrono::milliseconds left_until(steady_time when) noexcept {
    return std::chrono::duration_cast<std::chrono::milliseconds>(when - Worker::now());
}

// What is small goes out at once. A socket that refuses this still works.
void set_no_delay(int descriptor) noexcept {
    int const on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool is_nothing_yet(ssize_t count) noexcept { return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK); }

// Bytes, not room: that counts as there until a write finds none, and then hear_of_room() asks for it.
constexpr std::uint32_t what_comes = EPOLLIN | EPOLLRDHUP | EPOLLET;

}  // namespace

Stream::Stream(Worker& worker) : worker_(worker), read_wait_(worker.loop()) {}

Stream::Stream(Worker& worker, Descriptor connected) : Stream(worker) {
    if (!take(std::move(connected), what_comes)) interrupt(errc::too_many_connections);
}

// False when the loop has no room for it.
bool Stream::take(Descriptor opened, std::uint32_t events) {
    socket_ = Socket(std::move(opened));
    hears_of_room_ = (events & EPOLLOUT) != 0;
    return worker_.loop().add(socket_.descriptor(), *this, events);
}

// The kernel then tells at once of room that is there already: none is missed.
bool Stream::hear_of_room() noexcept {
    return std::exchange(hears_of_room_, true) || worker_.loop().change(socket_.descriptor(), *this);
}

Stream::Wait& Stream::write_wait() {
    if (!write_wait_) write_wait_ = std::make_unique<Wait>(worker_.loop());
    return *write_wait_;
}

void Stream::note(std::uint32_t events) noexcept {
    socket_.note(events);
    wake(read_wait_);
    if (write_wait_) wake(*write_wait_);
    if (watch_.gone && is_worth_a_look()) worker_.loop().due(watch_);
}

void Stream::wake(Wait& wait) noexcept {
    if (may_be_ready(wait.what)) wait.suspension.wake();
}

bool Stream::may_be_ready(Want what) const noexcept {
    switch (what) {
        case Want::nothing: return false;
        case Want::reading: return socket_.may_be_readable();
        case Want::writing: return socket_.may_be_writable();
    }
    std::unreachable();
}

Task<Result<void>> Stream::connect(std::span<Endpoint const> endpoints, Timeout timeout) {
    if (interrupted()) co_return failure(interruption_);
    if (endpoints.size() == 1) co_return co_await connect_to(endpoints.front(), timeout);
    race_ = std::make_unique<Race>(worker_.loop(), endpoints);
    auto won = co_await race_->run(timeout);
    race_.reset();
    if (!won) co_return std::unexpected(won.error());
    socket_ = Socket(std::move(*won));
    set_no_delay(socket_.descriptor());
    hears_of_room_ = true;
    if (worker_.loop().change(socket_.descriptor(), *this)) co_return Result<void>{};
    socket_.close();
    co_return failure(errc::too_many_connections);
}

// Asked again after each wait, connect_step() says how the attempt stands: a wait may end without a reason.
Task<Result<void>> Stream::connect_to(Endpoint const& endpoint, Timeout timeout) {
    auto opened = open_socket(endpoint);
    if (!opened) co_return std::unexpected(opened.error());
    if (endpoint.protocol().family() != AF_UNIX) set_no_delay(opened->get());
    auto const descriptor = opened->get();
    auto pause = place_again_after;
    for (bool known = false;;) {
        if (interrupted()) co_return failure(interruption_);
        auto const connected = connect_step(descriptor, endpoint);
        bool const queue_is_full = !connected && errno == EAGAIN && endpoint.protocol().family() == AF_UNIX;
        if (!connected && !queue_is_full) co_return std::unexpected(connected.error());
        if (queue_is_full) {  // the loop does not learn of it: what has not begun to connect has ended, to the kernel
            if (auto const waited = co_await wait_for_place(pause, timeout); !waited) co_return waited;
            continue;
        }
        if (!std::exchange(known, true) && !take(std::move(*opened), EventLoop::both_directions))
            co_return failure(errc::too_many_connections);
        if (*connected) co_return Result<void>{};
        socket_.was_filled();
        if (auto const waited = co_await writable(timeout); !waited) co_return waited;
    }
}

// A socket of this machine whose queue is full says so at once, and says nothing when there is a place. Each pause is
// twice the one before.
Task<Result<void>> Stream::wait_for_place(std::chrono::milliseconds& next, Timeout& left) {
    auto const pause = std::min(next, left.value_or(next));
    next = std::min(2 * next, place_again_at_last_after);
    if (pause.count() <= 0) co_return failure(errc::timed_out);
    if (left) *left -= pause;
    write_wait().what = Want::nothing;
    (void)co_await write_wait().suspension.wait(pause);
    if (interrupted()) co_return failure(interruption_);
    co_return Result<void>{};
}

// Until the handshake has ended, well or not. Errors are those of waiting.
Task<Result<void>> Stream::shake_hands(TlsSession& session, Timeout timeout) {
    auto const until = Worker::now() + timeout.value_or(std::chrono::hours(24 * 365));
    while (session.shake_hands() == TlsSession::Step::waits) {
        auto const left = left_until(until);
        if (left.count() <= 0) co_return failure(errc::timed_out);
        auto const waited = co_await ready(session.read_wants(), read_wait_, timeout ? Timeout(left) : timeout);
        if (!waited) co_return waited;
    }
    co_return Result<void>{};
}

// Where a header ends is known when it is read: it is looked at first, and then what belongs to it is taken.
Task<ProxyHeader> Stream::read_proxy_header(ProxyHeaderReader& reader, std::chrono::milliseconds timeout) {
    auto const until = Worker::now() + timeout;
    std::array<char, 512> seen;
    while (!reader.result()) {
        auto const count = socket_.receive(seen, MSG_PEEK);
        if (count > 0) {
            auto const taken = reader.read({seen.data(), static_cast<std::size_t>(count)});
            if (socket_.receive(std::span(seen).first(taken)) != static_cast<ssize_t>(taken))
                co_return ProxyHeader::peer_gone;
            continue;
        }
        if (!is_nothing_yet(count)) co_return ProxyHeader::peer_gone;
        auto const left = left_until(until);
        if (left.count() <= 0) co_return ProxyHeader::timed_out;
        if (auto const waited = co_await ready(Want::reading, read_wait_, left); !waited) {
            auto const why = errc_of(waited.error(), errc::connection_reset);
            if (why == errc::connection_reset) co_return ProxyHeader::peer_gone;
            co_return why == errc::timed_out ? ProxyHeader::timed_out : ProxyHeader::cancelled;
        }
    }
    co_return *reader.result();
}

Task<TlsHandshake> Stream::accept_tls(TlsContext const& context, std::chrono::milliseconds timeout) {
    auto session = TlsSession::accept(context, socket_);
    if (!session) co_return TlsHandshake::failed;
    if (auto const ended = co_await shake_hands(*session, timeout); !ended) {
        bool const too_long = errc_of(ended.error(), errc::connection_reset) == errc::timed_out;
        co_return too_long ? TlsHandshake::timed_out : TlsHandshake::cancelled;
    }
    auto const result = session->result();
    if (is_good(result)) tls_ = std::move(session);
    co_return result;
}

Task<Result<void>> Stream::connect_tls(std::shared_ptr<TlsTarget> target, Timeout timeout) {
    tls_ = TlsSession::connect(std::move(target), socket_);
    if (!tls_) co_return failure(errc::too_many_connections);
    if (auto const ended = co_await shake_hands(*tls_, timeout); !ended) co_return ended;
    if (!is_good(tls_->result())) co_return failure(errc::upstream_tls);
    co_return Result<void>{};
}

Result<std::size_t> Stream::read_some(std::span<char> into) {
    if (interrupted()) return failure(interruption_);
    if (tls_) [[unlikely]]
        return tls_->read_some(into);
    auto const count = socket_.receive(into);
    if (count > 0) return static_cast<std::size_t>(count);
    if (count == 0) return failure(errc::end_of_stream);
    return is_nothing_yet(count) ? Result<std::size_t>(0) : failure(errc::connection_reset);
}

Result<std::size_t> Stream::write_some(Gather& gather) {
    if (interrupted()) return failure(interruption_);
    if (tls_) [[unlikely]]
        return tls_->write_some(gather);
    auto const count = socket_.send(gather.pieces());
    if (count >= 0) {
        gather.advance(static_cast<std::size_t>(count));
        return static_cast<std::size_t>(count);
    }
    if (is_nothing_yet(count)) return 0;
    return failure(errno == EPIPE ? errc::end_of_stream : errc::connection_reset);
}

// How much it takes says nothing of how much the socket has: only when there is nothing it is known to be empty.
Result<std::size_t> Stream::read_some(Pipe& pipe, std::size_t most) {
    if (interrupted()) return failure(interruption_);
    auto const taken = pipe.take_from(socket_.descriptor(), most);
    if (taken == 0U) socket_.was_emptied();
    return taken;
}

Result<std::size_t> Stream::write_some(Pipe& pipe) {
    if (interrupted()) return failure(interruption_);
    auto const given = pipe.give_to(socket_.descriptor());
    if (given == 0U) socket_.was_filled();
    return given;
}

// What may be ready by now is tried again at once, but for others, who have their turn first.
Suspension::Terms Stream::terms(Want what, Wait& wait, Timeout timeout) {
    using enum Suspension::Begin;
    if (interrupted()) return {.begin = ready, .why = interruption_};
    if (what == Want::writing && !hear_of_room()) return {.begin = ready, .why = errc::connection_reset};
    wait.what = what;
    return {.timeout = timeout, .begin = may_be_ready(what) ? ready : waiting};
}

// Not at once: a peer that always has another record must not keep everybody else waiting.
Suspension::Terms Stream::terms_of_reading(Timeout timeout) {
    if (!tls_) return terms(Want::reading, read_wait_, timeout);
    if (tls_->has_unread() && !interrupted()) return {.begin = Suspension::Begin::ready};
    return terms(tls_->read_wants(), read_wait_, timeout);
}

Suspension::Wait Stream::ready(Want what, Wait& wait, Timeout timeout) {
    return wait.suspension.wait_on(terms(what, wait, timeout));
}

Suspension::Wait Stream::readable(Timeout timeout) { return read_wait_.suspension.wait_on(terms_of_reading(timeout)); }

Suspension::Wait Stream::writable(Timeout timeout) {
    return ready(tls_ ? tls_->write_wants() : Want::writing, write_wait(), timeout);
}

void Stream::when_readable(Timeout timeout, Suspension::Resume&& call, Suspension::Step* step) {
    auto terms = terms_of_reading(timeout);
    terms.step = step;
    read_wait_.suspension.call(std::move(call), terms);
}

template <class Bytes>
Task<Result<void>> Stream::write_all(Bytes& bytes, Timeout stall) {
    while (!bytes.empty()) {
        auto const sent = write_some(bytes);
        if (!sent) co_return std::unexpected(sent.error());
        if (bytes.empty()) break;
        if (auto const waited = co_await writable(stall); !waited) co_return waited;
    }
    co_return Result<void>{};
}

Task<Result<void>> Stream::write_rest(Gather& gather, Timeout stall) { return write_all(gather, stall); }

Task<Result<void>> Stream::write_rest(Pipe& pipe, Timeout stall) { return write_all(pipe, stall); }

void Stream::interrupt(errc why) {
    if (interrupted()) return;
    interruption_ = why;
    if (race_) race_->end(why);
    read_wait_.suspension.wake(why);
    if (write_wait_) write_wait_->suspension.wake(why);
}

Task<> Stream::linger(std::chrono::milliseconds most) {
    clear_interrupt();
    unwatch();
    if (tls_) co_await end_sending(most_lingering_silence);
    tls_.reset();  // what still comes is dropped as it is
    ::shutdown(socket_.descriptor(), SHUT_WR);
    auto const until = Worker::now() + most;
    std::array<char, 4096> dropped;
    int reads = 0;
    for (std::size_t total = 0; total < most_lingering_bytes && !interrupted();) {
        auto const count = read_some(dropped);
        if (!count) break;
        total += *count;
        auto const left = std::min<std::chrono::milliseconds>(left_until(until), most_lingering_silence);
        if (left.count() <= 0) break;
        if (*count == 0 && !co_await readable(left)) break;
        if (++reads % most_lingering_reads == 0) co_await let_others_run(worker_.loop());
    }
    close();
}

Task<> Stream::end_sending(Timeout stall) {
    while (tls_ && !interrupted() && tls_->say_goodbye() == TlsSession::Step::waits) {
        if (auto const waited = co_await ready(Want::writing, write_wait(), stall); !waited) break;
    }
    ::shutdown(socket_.descriptor(), SHUT_WR);
}

void Stream::say_goodbye() {
    if (tls_ && socket_.descriptor() >= 0) (void)tls_->say_goodbye();
}

void Stream::close() {
    if (!interrupted()) interrupt(errc::cancelled);  // the descriptor is gone: nothing may touch it again
    tls_.reset();
    socket_.close();
}

void Stream::reset() {
    struct ::linger const at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);  // refused: an orderly close
    close();
}

bool Stream::is_quiet() {
    bool const heard_of = socket_.may_be_readable() || (tls_ && tls_->has_half_a_record());
    return !heard_of || is_quiet_now();
}

bool Stream::is_quiet_now() {
    if (!tls_) return socket_.is_quiet();
    // One look takes in one record of TLS's own, such as a late ticket: what comes behind it counts too, and half of
    // one is something that was said.
    for (int looks = 0; looks < most_quiet_looks; ++looks) {
        if (socket_.is_quiet() && !tls_->has_half_a_record()) return true;
        if (socket_.has_ended() || tls_->listen() != TlsSession::Heard::nothing) return false;
    }
    return false;
}

void Stream::watch(OnBytes bytes, std::function<void()> gone) {
    watch_.gone = std::move(gone);
    watch_.on_bytes = bytes;
    if (is_worth_a_look()) worker_.loop().due(watch_);
}

void Stream::unwatch() noexcept {
    watch_.gone = nullptr;
    watch_.unlink();
}

// Over TLS bytes may be an end.
bool Stream::is_worth_a_look() const noexcept {
    if (tls_) return socket_.has_ended() || socket_.may_be_readable() || tls_->has_unread();
    return socket_.has_ended() || (watch_.on_bytes == OnBytes::gone && socket_.may_be_readable());
}

void Stream::look_at_peer() {
    if (!watch_.gone) return;
    bool spoke = !socket_.has_ended() && (!socket_.is_quiet() || (tls_ && tls_->has_unread()));
    bool left = socket_.has_ended();
    if (tls_ && spoke && !left) {  // perhaps its close_notify; bytes stay with the session until somebody reads
        auto const heard = tls_->listen();
        left = heard == TlsSession::Heard::end;
        spoke = heard == TlsSession::Heard::something;
        // There may be more than a step looks at, and nobody will tell of it again.
        bool const more = socket_.may_be_readable() || tls_->has_unread();
        bool const goes_on = more && tls_->read_wants() == Want::reading;
        if (!left && !spoke && goes_on) return worker_.loop().due(watch_);
        if (tls_->read_wants() == Want::writing) (void)hear_of_room();  // for an answer of TLS's own
    }
    if (left || (spoke && watch_.on_bytes == OnBytes::gone)) std::exchange(watch_.gone, nullptr)();
}

}  // namespace tollgate::net
