#include "proxy/worker_state.hpp"

#include "base/log.hpp"
#include "base/secret.hpp"
#include "base/text_writer.hpp"
#include "proxy/connection.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstring>
#include <ctime>
#include <utility>

namespace tollgate::proxy {
namespace {

constexpr std::size_t most_lines_bytes = 32 * 1024;  // handed to the log at once, and one line more

// How long after the beginning of a drain a client may send the first request of a connection. One that is lost on a
// connection that was used before is sent again by most clients, since such may end at any time; this one is not.
constexpr std::chrono::seconds last_call{1};

std::uint64_t random_number() {
    auto const bytes = random_bytes(sizeof(std::uint64_t));
    std::uint64_t number = 0;
    std::memcpy(&number, bytes.data(), sizeof number);
    return number;
}

std::string_view describe(net::ProxyHeader fault) noexcept {
    return fault == net::ProxyHeader::timed_out ? "late" : net::word_for(fault);
}

}  // namespace

WorkerState::WorkerState(net::Worker& worker, Surroundings surroundings)
    : worker_(worker),
      surroundings_(surroundings),
      connections_(std::make_unique<Connections>()),
      request_id_prefix_(random_number()),
      durations_(surroundings.services.histogram("request_duration",
                                                 "From the complete request head to the end of the answer.", {})) {}

WorkerState::~WorkerState() = default;

// Each worker counts its exchanges for itself: to count them together would send the line that holds the count from one
// core to the other with every request.
void WorkerState::adopt(std::shared_ptr<Generation const> generation) {
    auto const* const shared = generation.get();
    generation_ = {shared, [kept = std::move(generation)](Generation const*) {}};
    pools_.clear();
    for (auto const& upstream : generation_->settings().upstreams) {
        auto& pools = pools_.emplace_back();
        for (std::size_t i = 0; i < upstream.servers.size(); ++i)
            pools.push_back(std::make_unique<upstream::Pool>(worker_, upstream.connections));
    }
}

upstream::Pool* WorkerState::pool(Generation const& generation, std::size_t upstream, std::size_t server) noexcept {
    bool const current = &generation == generation_.get() && upstream < pools_.size();
    return current ? pools_[upstream][server].get() : nullptr;
}

void WorkerState::add(Connection& connection) { connections_->push_back(connection); }

void WorkerState::drain() {
    draining_ = true;
    drain_those([](Connection const&) { return true; });
}

void WorkerState::drain_those_by(std::uint64_t rules) {
    drain_those([rules](Connection const& connection) { return connection.entrance().rules == rules; });
}

void WorkerState::drain_those(std::function<bool(Connection const&)> const& leaving) {
    last_call_.disarm();  // an earlier one is not for those who are told now
    for (auto& connection : *connections_) {
        if (leaving(connection)) connection.drain();
    }
    worker_.post(
        [this] { worker_.arm(last_call_, last_call); });  // begins when those who have just come had their turn
}

void WorkerState::end_those_who_ask_nothing() {
    for (auto& connection : *connections_) connection.end_unless_asked();
}

void WorkerState::cut_all(errc why) {
    for (auto& connection : *connections_) {
        if (connection.flight) connection.flight->end(why);
        else connection.stream().interrupt(why);
    }
}

void WorkerState::end_exchanges(std::function<bool(plugin::Exchange const&)> const& doomed) {
    for (auto& connection : *connections_) {
        if (connection.flight && doomed(connection.flight->exchange)) connection.flight->end(errc::token_revoked);
    }
}

void WorkerState::make_request_id(std::span<char, 32> into) noexcept {
    TextWriter(into).hexadecimal(request_id_prefix_).hexadecimal(++requests_);
}

std::chrono::system_clock::time_point WorkerState::wall_now() noexcept {
    auto const turn = worker_.turn_began();
    if (turn != std::exchange(wall_read_in_, turn)) wall_now_ = surroundings_.services.clock().wall_now();
    return wall_now_;
}

std::string_view WorkerState::http_date() {
    auto const now = std::chrono::duration_cast<std::chrono::seconds>(wall_now().time_since_epoch()).count();
    if (now != date_second_) {
        std::tm utc{};
        auto const second = static_cast<std::time_t>(now);
        gmtime_r(&second, &utc);
        std::array<char, 32> text{};
        auto const size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
        date_.assign(text.data(), size);
        date_second_ = now;
    }
    return date_;
}

// Most often it is that of the request before.
plugin::Counter& WorkerState::requests_counter(std::string_view route, unsigned status) {
    if (last_counter_ && last_status_ == status && last_route_ == route) return *last_counter_;
    auto by_status = counters_.find(route);
    if (by_status == counters_.end()) by_status = counters_.emplace(std::string(route), ByStatus{}).first;
    auto& counter = by_status->second[status];
    if (!counter) {
        counter = &surroundings_.services.counter("requests", "Finished requests by route and status.",
                                                  {{"route", std::string(route)}, {"status", std::to_string(status)}});
    }
    last_route_ = route;
    last_status_ = status;
    last_counter_ = counter;
    return *counter;
}

void WorkerState::record(net::TlsHandshake result) {
    auto& counter = handshakes_[static_cast<std::size_t>(result)];
    if (!counter) {
        counter = &surroundings_.services.counter("tls_handshakes", "TLS handshakes by how they ended.",
                                                  {{"result", std::string(net::word_for(result))}});
    }
    counter->add();
}

// A balancer that only looks whether somebody listens is gone again without a word: that is no fault.
void WorkerState::record(net::ProxyHeader result, std::string_view peer) {
    auto& counter = proxy_headers_[static_cast<std::size_t>(result)];
    if (!counter) {
        counter =
            &surroundings_.services.counter("proxy_headers", "PROXY headers of trusted proxies by what they were.",
                                            {{"result", std::string(net::word_for(result))}});
    }
    counter->add();
    bool const is_fault = result == net::ProxyHeader::missing || result == net::ProxyHeader::malformed ||
                          result == net::ProxyHeader::timed_out;
    if (!is_fault || !surroundings_.proxy_faults.is_due(net::Worker::now())) return;
    log::warning(
        fmt::format("connections from {} are closed: their PROXY header is {}, and a trusted proxy must send one "
                    "where `proxy_protocol` is true (said once a minute; tollgate_proxy_headers_total counts)",
                    peer, describe(result)));
}

void WorkerState::record(AccessRecord const& record) {
    requests_counter(record.route, record.summary.status).add();
    durations_.observe(record.summary.duration);
    lines_of_turn_.lines.add(record);
    if (lines_of_turn_.lines.text().size() >= most_lines_bytes) hand_lines_over();
    else worker_.loop().last(lines_of_turn_);
}

void WorkerState::hand_lines_over() {
    if (lines_of_turn_.lines.text().empty()) return;
    surroundings_.log.push(worker_.index(), lines_of_turn_.lines.text());
    lines_of_turn_.lines.clear();
}

}  // namespace tollgate::proxy
