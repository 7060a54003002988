// A connection as a pair of byte streams, over TCP or TLS. Bytes are moved by system calls on the socket (for OpenSSL
// net/tls_wire makes them), now or not at all; the worker's loop tells when it makes sense to try again. Every wait has
// a deadline, and interrupt() ends all waits, present and future, with a reason: a client that went away, a drain and a
// revoked user are all the same to the code that moves bytes. Belongs to one worker; not thread-safe.
#pragma once

#include "base/error.hpp"
#include "net/gather.hpp"
#include "net/pipe.hpp"
#include "net/proxy_protocol.hpp"
#include "net/race.hpp"
#include "net/socket.hpp"
#include "net/suspension.hpp"
#include "net/task.hpp"
#include "net/tls_session.hpp"
#include "net/worker.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

namespace tollgate::net {

class Stream final : private EventLoop::Source {
public:
    // Takes a connected socket that does not block.
    Stream(Worker& worker, Descriptor connected);
    Stream(Stream const&) = delete;
    Stream& operator=(Stream const&) = delete;
    ~Stream() = default;

    // A stream that is yet to be connected: connect() comes before anything else.
    explicit Stream(Worker& worker);

    // Connects to the one of `endpoints` that is there first (net/race); they are not empty. Errors:
    // errc::upstream_refused (also unreachable, and no such sockets on this machine), too_many_connections when there
    // is no descriptor or memory for one, timed_out, or the reason of an interrupt.
    [[nodiscard]] Task<Result<void>> connect(std::span<Endpoint const> endpoints, Timeout timeout);

    // Reads a PROXY header, before anything else is moved, and nothing that follows it; `timeout` is for all of it.
    [[nodiscard]] Task<ProxyHeader> read_proxy_header(ProxyHeaderReader& reader, std::chrono::milliseconds timeout);

    // The TLS handshake, as a server: before anything else is moved, and `timeout` is for all of it. What it came to
    // when it was not good ends the connection: what is said then is said in the clear. `context` outlives the stream.
    [[nodiscard]] Task<TlsHandshake> accept_tls(TlsContext const& context, std::chrono::milliseconds timeout);

    // The TLS handshake, as a client of `target`; `timeout` is for all of it. Errors: errc::upstream_tls (tls_problem()
    // says why), timed_out, or the reason of an interrupt. After an error the stream is of no use.
    [[nodiscard]] Task<Result<void>> connect_tls(std::shared_ptr<TlsTarget> target, Timeout timeout);

    // Why TLS with a server failed, as text that lives for ever; empty when it did not.
    [[nodiscard]] std::string_view tls_problem() const noexcept { return tls_ ? tls_->problem() : std::string_view{}; }

    // Moves what can be moved at once: the number of bytes, 0 when nothing can. Errors: errc::end_of_stream when the
    // peer has ended (what is written is then taken by nobody), connection_reset when it broke off, or the reason of an
    // interrupt.
    [[nodiscard]] Result<std::size_t> read_some(std::span<char> into);
    [[nodiscard]] Result<std::size_t> write_some(Gather& gather);

    // The same by an empty pipe, and out of it, where no TLS is spoken: nothing passes through memory of ours. What was
    // read is no sign of what there is: less than `most` may be all that the pipe takes.
    [[nodiscard]] Result<std::size_t> read_some(Pipe& pipe, std::size_t most);
    [[nodiscard]] Result<std::size_t> write_some(Pipe& pipe);
    [[nodiscard]] bool is_plain() const noexcept { return !tls_; }

    // Waits until reading, or writing, may make sense; others have their turn first. Errors: errc::timed_out, after
    // which the stream is as before, or the reason of an interrupt. At most one wait per direction.
    [[nodiscard]] Suspension::Wait readable(Timeout timeout);
    [[nodiscard]] Suspension::Wait writable(Timeout timeout);

    // The same without a coroutine, and with a step before `call`, if any. What `call` owns may be this stream, and the
    // step: when the loop ends first, they go with it.
    void when_readable(Timeout timeout, Suspension::Resume&& call, Suspension::Step* step = nullptr);

    // Sends all of `gather`, or of what a pipe holds; `stall` bounds each wait.
    [[nodiscard]] Task<Result<void>> write_rest(Gather& gather, Timeout stall);
    [[nodiscard]] Task<Result<void>> write_rest(Pipe& pipe, Timeout stall);

    // Ends the wait for reading, if there is one, as if there were something to be read.
    void look_again() { read_wait_.suspension.wake(); }

    // Ends every wait with `why`, now and from now on. The first reason stays.
    void interrupt(errc why);
    void clear_interrupt() noexcept { interruption_ = errc{}; }
    [[nodiscard]] bool interrupted() const noexcept { return interruption_ != errc{}; }

    // The last words to a peer that may still be sending: takes back an interrupt, shuts down sending, reads and drops
    // until the peer has ended or was silent for 2 s, at most 64 MiB and for `most`, and closes. Closing at once would
    // reset the connection and could destroy our answer on its way (RFC 9112, section 9.6): some clients read none
    // before all is sent.
    static constexpr std::chrono::seconds most_lingering{30};
    [[nodiscard]] Task<> linger(std::chrono::milliseconds most = most_lingering);

    // The peer sees an end, after close_notify where it speaks TLS; reading goes on. `stall` bounds the wait for that.
    [[nodiscard]] Task<> end_sending(Timeout stall);

    // Sends close_notify where the peer speaks TLS, if that can be done at once: the end that follows is a clean one.
    void say_goodbye();

    // Closes. In TLS without close_notify: unless something was said before, the peer sees that it was cut.
    void close();
    void reset();  // closes so that the peer sees an error, not an end (SO_LINGER 0)

    // While a watch is set, `gone` is called once when the peer closes or resets, and when it sends anything if `bytes`
    // says so. Bytes are left alone; over TLS an end that comes behind some is noticed when they are read.
    enum class OnBytes { ignore, gone };
    void watch(OnBytes bytes, std::function<void()> gone);
    void unwatch() noexcept;

    // Whether the peer has neither said anything that was not read nor ended, as far as the loop's last turn knows; no
    // system call, unless something did happen.
    [[nodiscard]] bool is_quiet();

    // The same as of now: a system call at least.
    [[nodiscard]] bool is_quiet_now();

private:
    using Want = TlsSession::Want;
    struct Wait {
        explicit Wait(EventLoop& loop) noexcept : suspension(loop) {}
        Suspension suspension;
        Want what = Want::reading;
    };
    // Who wants to know that the peer leaves.
    struct Watch final : EventLoop::Item {
        explicit Watch(Stream& watched) noexcept : stream(watched) {}
        void run() override { stream.look_at_peer(); }
        Stream& stream;
        std::function<void()> gone{};  // empty: nobody does at the moment
        OnBytes on_bytes = OnBytes::ignore;
    };

    void note(std::uint32_t events) noexcept override;
    [[nodiscard]] bool take(Descriptor opened, std::uint32_t events);
    template <class Bytes>
    [[nodiscard]] Task<Result<void>> write_all(Bytes& bytes, Timeout stall);
    [[nodiscard]] Task<Result<void>> connect_to(Endpoint const& endpoint, Timeout timeout);
    [[nodiscard]] Task<Result<void>> wait_for_place(std::chrono::milliseconds& next, Timeout& left);
    [[nodiscard]] Task<Result<void>> shake_hands(TlsSession& session, Timeout timeout);
    [[nodiscard]] Suspension::Terms terms_of_reading(Timeout timeout);
    [[nodiscard]] Suspension::Terms terms(Want what, Wait& wait, Timeout timeout);
    [[nodiscard]] Suspension::Wait ready(Want what, Wait& wait, Timeout timeout);
    [[nodiscard]] Wait& write_wait();
    [[nodiscard]] bool hear_of_room() noexcept;
    [[nodiscard]] bool may_be_ready(Want what) const noexcept;
    void wake(Wait& wait) noexcept;
    void look_at_peer();
    [[nodiscard]] bool is_worth_a_look() const noexcept;

    Worker& worker_;
    Socket socket_;
    errc interruption_{};
    bool hears_of_room_ = false;        // the loop tells of room to write, too
    std::unique_ptr<Race> race_;        // while it is connected to one of several
    std::unique_ptr<TlsSession> tls_;   // null: plain
    std::unique_ptr<Wait> write_wait_;  // from the first wait for room on: most connections have none
    Wait read_wait_;
    Watch watch_{*this};
};

}  // namespace tollgate::net
