// One request and its answer, as plugins see it: what was asked, by whom, and what has been found out so far. It lives
// on one worker, from the complete request head to the log line; hooks get a reference and keep none.
#pragma once

#include "base/access.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "http/fields.hpp"
#include "http/head.hpp"
#include "http/reply.hpp"
#include "http/target.hpp"
#include "plugin/slot.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::plugin {

// Who calls, once a plugin has proven it. Immutable; counted without atomics, so it never leaves its worker.
struct Identity : boost::intrusive_ref_counter<Identity, boost::thread_unsafe_counter> {
    std::string user_id;  // what X-User-Id will say: 1-255 visible ASCII characters
    std::string email;    // may be empty
};
using IdentityPtr = boost::intrusive_ptr<Identity const>;

// The peer that a request is counted and logged under: the rightmost untrusted hop.
struct Client {
    std::string address;  // textual, without port
};

// What a plugin may know of the route that was matched.
struct RouteFacts {
    std::string pattern;  // as written in the YAML
    Access access = Access::guarded;
    ErrorStyle errors = ErrorStyle::problem;
};

// How an exchange ended, for the access log and finish hooks. `refused`: an answer was under way when the rest of the
// request turned out to be bad, or when we broke; the reason tells.
enum class Ending { complete, client_gone, upstream_failed, timed_out, drained, revoked, cut_by_plugin, refused };
[[nodiscard]] std::string_view word_of(Ending ending) noexcept;

struct Summary {
    unsigned status = 0;  // sent to the client; 499 when it left before a head was sent
    errc reason{};        // errc{} when nothing was wrong
    Ending ending = Ending::complete;
    std::uint64_t bytes_received = 0;  // body bytes from the client
    std::uint64_t bytes_sent = 0;      // body bytes to the client
    std::chrono::nanoseconds duration{};
    std::optional<std::chrono::nanoseconds> first_byte;  // until the head of the answer went out
    std::optional<std::chrono::nanoseconds> queued;      // how long it waited for a server, if it had to
    std::size_t queue_position = 0;                      // when it came: 1 for the next in turn; 0: it did not wait
};

class Exchange {
public:
    Exchange(http::RequestHead& head, Client const& client, SlotLayout const& slots, http::Arena& arena)
        : head_(head), client_(client), arena_(arena), slots_(slots, arena) {}
    Exchange(Exchange const&) = delete;
    Exchange& operator=(Exchange const&) = delete;

    // As received; phases strips and rewrites only what goes upstream.
    [[nodiscard]] http::RequestHead const& request() const noexcept { return head_; }
    [[nodiscard]] Client const& client() const noexcept { return client_; }
    [[nodiscard]] http::Arena& arena() noexcept { return arena_; }

    template <class T>
    [[nodiscard]] T& slot(Slot<T> slot) noexcept {
        return slots_[slot];
    }

    http::Target target;                // the normalised path and the query
    std::string_view request_id;        // in the arena
    RouteFacts const* route = nullptr;  // null until a route was found
    IdentityPtr identity;               // set by the plugin that proved it
    errc note{};                        // why a hook refused, in more detail than the client is told
    unsigned worker = 0;                // index, for PerWorker
    steady_time began{};

private:
    http::RequestHead& head_;
    Client const& client_;
    http::Arena& arena_;
    SlotBlock slots_;
};

}  // namespace tollgate::plugin
