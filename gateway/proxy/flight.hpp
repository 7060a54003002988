// An exchange in flight: everything that the phases find out and pass on, from the complete request head to the log
// line. It belongs to run_exchange() and knows the connection it came in on; nothing in it outlives it.
#pragma once

#include "http/forwarded.hpp"
#include "http/framing.hpp"
#include "net/deadline.hpp"
#include "net/frames.hpp"
#include "net/suspension.hpp"
#include "plugin/exchange.hpp"
#include "proxy/body.hpp"
#include "proxy/child_task.hpp"
#include "proxy/generation.hpp"
#include "proxy/outcome.hpp"
#include "proxy/outgoing.hpp"
#include "proxy/retained_body.hpp"
#include "proxy/worker_state.hpp"
#include "upstream/cluster.hpp"
#include "upstream/connection.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::proxy {

class Connection;

// What becomes of the client's connection after an exchange, the worst last. It may be closed when the client wants no
// more of it and has said all; whoever may still be sending gets time to hear us out.
enum class After { keep_alive, close, linger, cut };

struct Flight {
    // Copies the head of `head_bytes` out of the connection's buffer into the arena and consumes it there.
    Flight(Connection& connection, std::shared_ptr<Generation const> generation, std::size_t head_bytes);
    Flight(Flight const&) = delete;
    Flight& operator=(Flight const&) = delete;

    // Where the last one of this worker lay.
    static void* operator new(std::size_t bytes) { return net::Frames::take(bytes); }
    static void operator delete(void* flight, std::size_t bytes) noexcept { net::Frames::give_back(flight, bytes); }

    // Ends the exchange: whatever it waits for, on either connection, ends with `why`. It is answered with that when
    // nothing was sent yet, and cut otherwise. The first reason stays.
    void end(errc why);

    // The head of an answer with `status` goes out now, in the write that follows.
    void head_goes_out(unsigned status) noexcept;

    // How long it took until now, as the turn of the loop has it: the clock is read once for each exchange, when its
    // head goes out.
    [[nodiscard]] std::chrono::nanoseconds lasted() const noexcept;

    // Notes why the exchange does not end as it should; whether a head was sent decides what the log calls that.
    void note_failure(errc reason) noexcept;

    // The same, and the client's connection is cut: what it got must not look complete.
    void cut(errc reason) noexcept;

    // The client's connection ends so, or worse when that was decided before.
    void close_at_least(After worst) noexcept { after = std::max(after, worst); }

    // A rest of the request's body is not read: nobody knows where the next request begins.
    void body_is_lost() noexcept { close_at_least(After::linger); }

    // The request is with the service, to its last byte or as far as it took it: from now on the answer's head has the
    // route's `timeouts.first_byte` to come.
    void expect_answer();

    // Decides, when an answer framed as `sent` is about to go, whether the connection goes on, and what its head says
    // of that.
    [[nodiscard]] ClientConnection settle_connection(http::BodyKind sent) noexcept;

    // Adds `hsts` to an answer that goes over TLS (RFC 6797, section 7.2); what the service says of it gives way.
    void add_transport_security(http::FieldList& fields);

    // What several exchanges send in one turn of the loop goes out at its end, one right behind the other: whom the
    // first wakes finds the bytes of the others too. Awaits that if there are others, and makes the call `send`: its
    // Result.
    template <class Send>
    [[nodiscard]] auto send_with_others(Send send) noexcept {
        using enum net::Suspension::Begin;
        return end_of_turn.wait({}, state.worker().loop().is_shared() ? at_end : at_once).and_then(std::move(send));
    }

    // What goes on of the trailers behind a body, either way: the lines that the route lists.
    [[nodiscard]] std::string_view kept_trailers(BodyReader const& from);

    // While nobody reads from it, a client that goes away ends the exchange.
    void watch_client();

    // Of whom the request is; empty when nobody is known.
    [[nodiscard]] std::string_view user_id() const noexcept;

    // Of the server that was asked last; of the route while none was.
    [[nodiscard]] std::shared_ptr<upstream::Cluster> const& cluster() const noexcept;

    // The idle connections to that server; null when they are of another configuration.
    [[nodiscard]] upstream::Pool* pool() const noexcept;

    [[nodiscard]] AccessRecord record() const;

    Connection& connection;
    WorkerState& state;
    std::shared_ptr<Generation const> generation;

    std::array<std::byte, 6 * 1024> first_block;  // not touched but by what is kept in it
    http::Arena arena{first_block.data(), first_block.size()};
    std::string_view raw_head;
    http::RequestHead head;
    plugin::Client client;  // the peer, or who is behind it when that is a trusted proxy
    plugin::Exchange exchange;
    errc ended{};  // why end() was called

    // The request.
    http::Framing framing;     // of its body
    std::string_view host;     // as the client named it
    http::Hop hop;             // what the service is told of the client
    std::string_view upgrade;  // the protocols that the client would change to; empty: none
    Route const* route = nullptr;
    bool preflight = false;          // a browser asks whether a request may be made that a route admits
    bool method_admitted = true;     // false: `route` is that of the request which the preflight is about
    std::optional<BodyReader> body;  // from the client; set once the head was understood
    bool told_to_continue = false;   // the client has a 100 (Continue): its body comes
    RetainedBody retained{state.worker().blocks()};  // what was taken of it, while it may have to be sent again
    // Sends the body upstream, when it was not complete at once.
    ChildTask upload{state.worker(), [this] { end(errc::internal_error); }};

    // The way upstream.
    upstream::Lease lease;                  // of the server that was asked last
    net::Suspension* queue_wait = nullptr;  // set while the request waits for a place at a server
    bool told_to_wait = false;              // the client has the head of an event stream, and nothing of an answer yet
    net::Suspension end_of_turn{state.worker().loop()};
    upstream::ConnectionPtr upstream;
    ServiceTime awaited = ServiceTime::connect;  // which of its times the service has to keep now, beside the total
    bool request_sent = false;                   // to its last byte
    std::optional<steady_time> server_awaited_since;  // it alone, and nothing of the client
    net::Deadline answer_overdue{[this] {
        if (upstream) upstream->stream->interrupt(errc::upstream_timeout);  // another server may still answer
    }};
    bool upstream_trusted = true;    // nothing it said on the way makes its framing doubtful
    bool upstream_reusable = false;  // both messages ended as they should

    // The answer.
    http::ResponseHead response;  // theirs; views into the arena
    bool head_sent = false;
    After after = After::keep_alive;
    plugin::Summary summary;
    std::string hint;  // for the log: which route would admit the request, or why there is no TLS with the server
};

}  // namespace tollgate::proxy
