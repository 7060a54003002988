#include "net/stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace tollgate::net {
namespace {

constexpr auto awaitable_tuple = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t most_lingering_bytes = 4 * 1024 * 1024;
constexpr std::chrono::seconds most_lingering_time{2};
constexpr std::chrono::milliseconds look_again_after{250};
constexpr int most_quiet_looks = 8;
constexpr std::chrono::milliseconds place_again_after{10};

Socket::wait_type wait_for(TlsSession::Want want) noexcept {
    return want == TlsSession::Want::reading ? Socket::wait_read : Socket::wait_write;
}

std::chrono::milliseconds left_until(steady_time when) noexcept {
    return std::chrono::duration_cast<std::chrono::milliseconds>(when - Worker::now());
}

// What has happened on the socket, as poll() says it, without a wait.
short events_of(int descriptor) noexcept {
    pollfd state{descriptor, POLLIN | POLLRDHUP, 0};
    ::poll(&state, 1, 0);
    return state.revents;
}

}  // namespace

// Who watches, while a wait is pending. The stream clears `stream` when it dies; the handler then finds nothing to do.
struct Stream::Watch {
    explicit Watch(Stream* watched) : stream(watched) {}

    Stream* stream;
    std::function<void()> gone{};  // empty: nobody watches at the moment
    OnBytes on_bytes = OnBytes::ignore;
    bool waiting = false;
    // Unread bytes keep the socket readable: then it is looked at now and again.
    Deadline look_again{[this] {
        if (stream && gone) stream->look_at_peer();
    }};
};

Stream::Wait::Wait(Stream& stream)
    : deadline([this, &stream] {
          expired = true;
          stream.wake_waits();
      }) {}

Stream::Stream(Worker& worker) : worker_(worker), socket_(worker.context()), read_wait_(*this), write_wait_(*this) {}

Stream::Stream(Worker& worker, Socket socket) : Stream(worker) { take(std::move(socket)); }

void Stream::take(Socket socket) {
    socket_ = std::move(socket);
    descriptor_ = socket_.native_handle();
    boost::system::error_code ignored;  // a socket that refuses these options still works
    socket_.native_non_blocking(true, ignored);
    int const on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Stream::~Stream() {
    if (watch_) watch_->stream = nullptr;
}

asio::awaitable<Result<void>> Stream::connect(std::span<Endpoint const> endpoints, Timeout timeout) {
    if (interrupted()) co_return failure(interruption_);
    if (endpoints.size() == 1) co_return co_await connect_to(endpoints.front(), timeout);
    race_ = std::make_unique<Race>(worker_, endpoints);
    auto won = co_await race_->run(timeout);
    race_.reset();
    if (!won) co_return std::unexpected(won.error());
    take(std::move(*won));
    co_return Result<void>{};
}

// Asked again after each wait, connect_step() says how the attempt stands: a wait may end without a reason.
asio::awaitable<Result<void>> Stream::connect_to(Endpoint const& endpoint, Timeout timeout) {
    auto opened = open_socket(worker_, endpoint);
    if (!opened) co_return std::unexpected(opened.error());
    take(std::move(*opened));
    auto pause = place_again_after;
    for (;;) {
        if (interrupted()) co_return failure(interruption_);
        auto const connected = connect_step(socket_, endpoint);
        bool const queue_is_full = !connected && errno == EAGAIN && endpoint.protocol().family() == AF_UNIX;
        if (connected && *connected) co_return Result<void>{};
        if (!connected && !queue_is_full) co_return std::unexpected(connected.error());
        auto const waited = queue_is_full ? co_await wait_for_place(pause, timeout) : co_await writable(timeout);
        if (!waited) co_return waited;
    }
}

// A socket of this machine whose queue is full says so at once, and says nothing when there is a place. Each `pause` is
// twice the one before.
asio::awaitable<Result<void>> Stream::wait_for_place(std::chrono::milliseconds& next, Timeout& left) {
    auto const pause = std::min(next, left.value_or(next));
    next = std::min(2 * next, look_again_after);
    if (pause.count() <= 0) co_return failure(errc::timed_out);
    if (left) *left -= pause;
    asio::steady_timer timer(worker_.context(), pause);
    (void)co_await timer.async_wait(awaitable_tuple);
    co_return Result<void>{};
}

// Until the handshake has ended, well or not. Errors are those of waiting.
asio::awaitable<Result<void>> Stream::shake_hands(TlsSession& session, Timeout timeout) {
    auto const until = Worker::now() + timeout.value_or(std::chrono::hours(24 * 365));
    while (session.shake_hands() == TlsSession::Step::waits) {
        auto const left = left_until(until);
        if (left.count() <= 0) co_return failure(errc::timed_out);
        auto const waited =
            co_await ready(wait_for(session.read_wants()), read_wait_, timeout ? Timeout(left) : timeout);
        if (!waited) co_return waited;
    }
    co_return Result<void>{};
}

// Where a header ends is known when it is read: it is looked at first, and then what belongs to it is taken.
asio::awaitable<ProxyHeader> Stream::read_proxy_header(ProxyHeaderReader& reader, std::chrono::milliseconds timeout) {
    auto const until = Worker::now() + timeout;
    std::array<char, 512> seen;
    while (!reader.result()) {
        auto const count = ::recv(descriptor_, seen.data(), seen.size(), MSG_PEEK);
        if (count > 0) {
            auto const taken = reader.read({seen.data(), static_cast<std::size_t>(count)});
            if (::recv(descriptor_, seen.data(), taken, 0) != static_cast<ssize_t>(taken))
                co_return ProxyHeader::peer_gone;
            continue;
        }
        bool const nothing_yet = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
        if (!nothing_yet) co_return ProxyHeader::peer_gone;
        auto const left = left_until(until);
        if (left.count() <= 0) co_return ProxyHeader::timed_out;
        if (auto const waited = co_await ready(Socket::wait_read, read_wait_, left); !waited) {
            auto const why = errc_of(waited.error(), errc::connection_reset);
            if (why == errc::connection_reset) co_return ProxyHeader::peer_gone;
            co_return why == errc::timed_out ? ProxyHeader::timed_out : ProxyHeader::cancelled;
        }
    }
    co_return *reader.result();
}

asio::awaitable<TlsHandshake> Stream::accept_tls(TlsContext const& context, std::chrono::milliseconds timeout) {
    auto session = TlsSession::accept(context, descriptor_);
    if (!session) co_return TlsHandshake::failed;
    if (auto const ended = co_await shake_hands(*session, timeout); !ended) {
        bool const too_long = errc_of(ended.error(), errc::connection_reset) == errc::timed_out;
        co_return too_long ? TlsHandshake::timed_out : TlsHandshake::cancelled;
    }
    auto const result = session->result();
    if (is_good(result)) tls_ = std::move(session);
    co_return result;
}

asio::awaitable<Result<void>> Stream::connect_tls(std::shared_ptr<TlsTarget> target, Timeout timeout) {
    tls_ = TlsSession::connect(std::move(target), descriptor_);
    if (!tls_) co_return failure(errc::too_many_connections);
    if (auto const ended = co_await shake_hands(*tls_, timeout); !ended) co_return ended;
    if (!is_good(tls_->result())) co_return failure(errc::upstream_tls);
    co_return Result<void>{};
}

Result<std::size_t> Stream::read_some(std::span<char> into) {
    if (interrupted()) return failure(interruption_);
    if (tls_) [[unlikely]]
        return tls_->read_some(into);
    for (;;) {
        auto const count = ::recv(descriptor_, into.data(), into.size(), 0);
        if (count > 0) return static_cast<std::size_t>(count);
        if (count == 0) return failure(errc::end_of_stream);
        if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
        if (errno != EINTR) return failure(errc::connection_reset);
    }
}

Result<std::size_t> Stream::write_some(Gather& gather) {
    if (interrupted()) return failure(interruption_);
    if (tls_) [[unlikely]]
        return tls_->write_some(gather);
    auto const pieces = gather.pieces();
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());
    message.msg_iovlen = pieces.size();
    for (;;) {
        auto const count = ::sendmsg(descriptor_, &message, MSG_NOSIGNAL);
        if (count >= 0) {
            gather.advance(static_cast<std::size_t>(count));
            return static_cast<std::size_t>(count);
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
        if (errno == EPIPE) return failure(errc::end_of_stream);
        if (errno != EINTR) return failure(errc::connection_reset);
    }
}

Result<std::size_t> Stream::read_some(Pipe& pipe, std::size_t most) {
    if (interrupted()) return failure(interruption_);
    return pipe.take_from(descriptor_, most);
}

Result<std::size_t> Stream::write_some(Pipe& pipe) {
    if (interrupted()) return failure(interruption_);
    return pipe.give_to(descriptor_);
}

asio::awaitable<Result<void>> Stream::ready(Socket::wait_type what, Wait& wait, Timeout timeout) {
    if (interrupted()) co_return failure(interruption_);
    wait.expired = false;
    if (timeout) worker_.arm(wait.deadline, *timeout);
    auto const [failed] = co_await socket_.async_wait(what, awaitable_tuple);
    wait.deadline.disarm();
    if (interrupted()) co_return failure(interruption_);
    if (wait.expired) co_return failure(errc::timed_out);
    // Aborted by the other direction's deadline: nothing happened here, and the caller, who finds nothing to move,
    // waits again.
    if (failed && failed != asio::error::operation_aborted) co_return failure(errc::connection_reset);
    co_return Result<void>{};
}

asio::awaitable<Result<void>> Stream::ready_at_once() {
    if (interrupted()) co_return failure(interruption_);
    co_return Result<void>{};
}

asio::awaitable<Result<void>> Stream::readable(Timeout timeout) {
    if (!tls_) return ready(Socket::wait_read, read_wait_, timeout);
    if (tls_->has_unread()) return ready_at_once();
    return ready(wait_for(tls_->read_wants()), read_wait_, timeout);
}

asio::awaitable<Result<void>> Stream::writable(Timeout timeout) {
    auto const what = tls_ ? wait_for(tls_->write_wants()) : Socket::wait_write;
    return ready(what, write_wait_, timeout);
}

void Stream::wake_waits() {
    boost::system::error_code ignored;  // cancelling nothing is no error
    socket_.cancel(ignored);
}

template <class Source>
asio::awaitable<Result<void>> Stream::write_all(Source& source, Timeout stall) {
    while (!source.empty()) {
        auto const sent = write_some(source);
        if (!sent) co_return std::unexpected(sent.error());
        if (source.empty()) break;
        if (auto const waited = co_await writable(stall); !waited) co_return waited;
    }
    co_return Result<void>{};
}

asio::awaitable<Result<void>> Stream::write_rest(Gather& gather, Timeout stall) { return write_all(gather, stall); }

asio::awaitable<Result<void>> Stream::write_rest(Pipe& pipe, Timeout stall) { return write_all(pipe, stall); }

void Stream::interrupt(errc why) {
    if (interrupted()) return;
    interruption_ = why;
    if (race_) race_->end(why);
    wake_waits();
}

asio::awaitable<void> Stream::linger() {
    clear_interrupt();
    unwatch();
    if (tls_) co_await end_sending(most_lingering_time);
    tls_.reset();  // what still comes is dropped as it is
    ::shutdown(descriptor_, SHUT_WR);
    auto const until = Worker::now() + most_lingering_time;
    std::array<char, 4096> dropped;
    for (std::size_t total = 0; total < most_lingering_bytes;) {
        auto const count = read_some(dropped);
        if (!count) break;
        total += *count;
        if (*count > 0) continue;
        auto const left = left_until(until);
        if (left.count() <= 0 || !co_await readable(left)) break;
    }
    close();
}

asio::awaitable<void> Stream::end_sending(Timeout stall) {
    while (tls_ && !interrupted() && tls_->say_goodbye() == TlsSession::Step::waits) {
        if (auto const waited = co_await ready(Socket::wait_write, write_wait_, stall); !waited) break;
    }
    ::shutdown(descriptor_, SHUT_WR);
}

void Stream::say_goodbye() {
    if (tls_ && descriptor_ >= 0) (void)tls_->say_goodbye();
}

void Stream::close() {
    if (!interrupted()) interruption_ = errc::cancelled;  // the descriptor is gone: nothing may touch it again
    tls_.reset();
    boost::system::error_code ignored;  // the descriptor is released whatever close() reports
    socket_.close(ignored);
    descriptor_ = -1;
}

void Stream::reset() {
    boost::system::error_code ignored;  // then it is an orderly close, which is the best that can be had
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    close();
}

bool Stream::is_quiet() {
    if (!tls_) return events_of(descriptor_) == 0;
    // One look takes in one record of TLS's own, such as a late ticket: what comes behind it counts too.
    for (int looks = 0; looks < most_quiet_looks; ++looks) {
        auto const events = events_of(descriptor_);
        if (events == 0) return !tls_->has_half_a_record();
        if ((events & ~POLLIN) != 0 || tls_->listen() != TlsSession::Heard::nothing) return false;
    }
    return false;
}

void Stream::watch(OnBytes bytes, std::function<void()> gone) {
    if (!watch_) watch_ = std::make_shared<Watch>(this);
    watch_->gone = std::move(gone);
    watch_->on_bytes = bytes;
    start_watch_wait();
}

void Stream::unwatch() noexcept {
    if (!watch_) return;
    watch_->gone = nullptr;
    watch_->look_again.disarm();
}

void Stream::start_watch_wait() {
    if (std::exchange(watch_->waiting, true)) return;  // a wait outlives its watch: the next watch takes it over
    socket_.async_wait(Socket::wait_read, [watch = watch_](boost::system::error_code failed) {
        watch->waiting = false;
        if (!watch->stream || !watch->gone) return;
        if (failed != asio::error::operation_aborted) return watch->stream->look_at_peer();
        // A deadline or an interrupt ended all waits of the socket, and this watch, which may have been set since, with
        // them.
        if (!watch->stream->interrupted()) watch->stream->start_watch_wait();
    });
}

void Stream::look_at_peer() {
    auto const events = events_of(descriptor_);
    bool left = (events & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
    bool spoke = (events & POLLIN) != 0;
    if (tls_ && spoke && !left) {  // perhaps its close_notify; bytes stay with the session until somebody reads
        auto const heard = tls_->listen();
        left = heard == TlsSession::Heard::end;
        spoke = heard == TlsSession::Heard::something;
        // It wants an answer of TLS itself, and takes nothing: what waits to be read would wake us again and again.
        if (!left && !spoke && tls_->read_wants() == TlsSession::Want::writing)
            return worker_.arm(watch_->look_again, look_again_after);
    }
    if (left || (spoke && watch_->on_bytes == OnBytes::gone)) return std::exchange(watch_->gone, nullptr)();
    if (spoke) return worker_.arm(watch_->look_again, look_again_after);
    start_watch_wait();
}

}  // namespace tollgate::net
