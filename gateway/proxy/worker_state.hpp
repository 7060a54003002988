// What the connections of one worker share: the generation that new exchanges begin with, the idle upstream
// connections, the list of live connections and what is counted. Not thread-safe; others reach it by posting to the
// worker.
#pragma once

#include "base/reminder.hpp"
#include "net/proxy_protocol.hpp"
#include "net/resolver.hpp"
#include "net/tls_session.hpp"
#include "net/worker.hpp"
#include "plugin/services.hpp"
#include "proxy/access_log.hpp"
#include "proxy/generation.hpp"
#include "proxy/log_writer.hpp"
#include "upstream/pool.hpp"

#include <boost/container/flat_map.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::proxy {

class Connection;

using LinkedConnection = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

// What all workers share. All of it is thread-safe and outlives the workers.
struct Surroundings {
    net::Resolver& resolver;
    LogWriter& log;
    plugin::Services& services;
    Reminder& proxy_faults;  // of trusted proxies without a PROXY header that is right
};

class WorkerState {
public:
    WorkerState(net::Worker& worker, Surroundings surroundings);
    WorkerState(WorkerState const&) = delete;
    WorkerState& operator=(WorkerState const&) = delete;
    ~WorkerState();

    [[nodiscard]] net::Worker& worker() noexcept { return worker_; }
    [[nodiscard]] Surroundings const& surroundings() const noexcept { return surroundings_; }
    [[nodiscard]] std::shared_ptr<Generation const> const& generation() const noexcept { return generation_; }

    // New exchanges begin with `generation`; idle connections to the upstreams of the old one are closed.
    void adopt(std::shared_ptr<Generation const> generation);

    // The idle connections to a server of an upstream; null when `generation` is not the current one.
    [[nodiscard]] upstream::Pool* pool(Generation const& generation, std::size_t upstream, std::size_t server) noexcept;

    // Live connections.
    void add(Connection& connection);
    [[nodiscard]] bool draining() const noexcept { return draining_; }
    void drain();  // idle connections end, others after their exchange; who has not begun to ask has a second for that
    void drain_those_by(std::uint64_t rules);  // the same for whoever came in by these, and for nobody else
    void cut_all(errc why);                    // every exchange ends now
    void close_pools() { pools_.clear(); }     // the idle connections to services, once nothing else runs
    void end_exchanges(std::function<bool(plugin::Exchange const&)> const& doomed);

    // A request id of 32 hexadecimal digits, unique in the fleet: 64 random bits of this worker, then a counter.
    void make_request_id(std::span<char, 32> into) noexcept;

    // The time of day, read once in a turn of the loop.
    [[nodiscard]] std::chrono::system_clock::time_point wall_now() noexcept;

    // The same as an HTTP date (RFC 9110, section 5.6.7), made once a second.
    [[nodiscard]] std::string_view http_date();

    // Counts and logs a finished exchange. Lines are handed to the log's writer at the end of a turn, or when they are
    // many.
    void record(AccessRecord const& record);

    // Counts a handshake that has ended.
    void record(net::TlsHandshake result);

    // Counts what a trusted proxy began a connection with, and complains now and then when that was no header.
    void record(net::ProxyHeader result, std::string_view peer);

private:
    using Connections = boost::intrusive::list<Connection, boost::intrusive::base_hook<LinkedConnection>,
                                               boost::intrusive::constant_time_size<false>>;

    struct TextHash {  // so that a string_view finds a string
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return boost::hash<std::string_view>{}(text); }
    };

    struct LinesOfTurn final : net::EventLoop::Item {
        explicit LinesOfTurn(WorkerState& from) : state(from) {}
        void run() override { state.hand_lines_over(); }
        WorkerState& state;
        AccessLines lines;
    };

    void drain_those(std::function<bool(Connection const&)> const& leaving);
    void hand_lines_over();
    void end_those_who_ask_nothing();
    [[nodiscard]] plugin::Counter& requests_counter(std::string_view route, unsigned status);

    net::Worker& worker_;
    Surroundings surroundings_;
    std::shared_ptr<Generation const> generation_;
    std::vector<std::vector<std::unique_ptr<upstream::Pool>>> pools_;  // by upstream of generation_ and by its server
    std::unique_ptr<Connections> connections_;
    bool draining_ = false;
    net::Deadline last_call_{[this] { end_those_who_ask_nothing(); }};
    std::uint64_t request_id_prefix_;
    std::uint64_t requests_ = 0;
    steady_time wall_read_in_{};  // the turn
    std::chrono::system_clock::time_point wall_now_;
    std::int64_t date_second_ = -1;
    std::string date_;
    LinesOfTurn lines_of_turn_{*this};
    plugin::Histogram& durations_;
    std::array<plugin::Counter*, net::tls_handshake_results> handshakes_{};
    std::array<plugin::Counter*, net::proxy_header_results> proxy_headers_{};
    using ByStatus = boost::container::flat_map<unsigned, plugin::Counter*>;
    boost::unordered_flat_map<std::string, ByStatus, TextHash, std::equal_to<>> counters_;  // by route pattern
    std::string last_route_;                                                                // what was counted last
    unsigned last_status_ = 0;
    plugin::Counter* last_counter_ = nullptr;
};

}  // namespace tollgate::proxy
