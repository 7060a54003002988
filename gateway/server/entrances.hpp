// How clients come in: the addresses that are bound, each with a socket and an entrance for every worker. Calls come
// from one thread at a time; what they change for a worker is changed on its own thread, in the order of the calls.
#pragma once

#include "net/connection_limit.hpp"
#include "net/listener.hpp"
#include "net/worker.hpp"
#include "proxy/connection.hpp"
#include "proxy/worker_state.hpp"
#include "server/tls_listeners.hpp"
#include "settings/settings.hpp"

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::server {

class Entrances {
public:
    using Workers = std::vector<std::unique_ptr<net::Worker>>;
    using States = std::vector<std::unique_ptr<proxy::WorkerState>>;

    // `states` are those of `workers`, and all three outlive what the workers run.
    Entrances(Workers const& workers, States const& states, net::ConnectionLimit& connections) noexcept
        : workers_(workers), states_(states), connections_(connections) {}

    // Binds what `settings` want and is not bound yet, then closes what is bound and not wanted, and opens all that is.
    // The error names the address that cannot be bound, and why; nothing has changed then.
    [[nodiscard]] std::expected<void, std::string> listen_on(settings::Settings const& settings,
                                                             TlsContexts const& tls);

    // Makes the entrance at each of these addresses, which are bound, what is wanted there. Who came in before stays
    // as he came in, or leaves after his exchange when he might not come in that way any more.
    void open(std::vector<settings::Listen> const& listens, TlsContexts const& tls);

    // Ends the listening of one worker. On its thread.
    void close(unsigned worker);

    // Of an address that is bound: where 0 was asked for, the one that was free.
    [[nodiscard]] std::uint16_t port(settings::ListenAddress const& address) const { return bound_.at(address).port; }

private:
    struct Bound {
        std::uint16_t port = 0;
        std::vector<std::shared_ptr<net::Listener>> sockets;      // by worker
        std::vector<std::shared_ptr<proxy::Entrance>> entrances;  // by worker, and its alone
        std::optional<settings::Listen> wanted{};                 // nullopt: not opened yet
        proxy::Entrance made{};                                   // for that: what each entrance is, or is about to be
    };
    using Addresses = std::map<settings::ListenAddress, Bound>;

    [[nodiscard]] std::expected<Bound, std::string> bind(settings::ListenAddress const& address) const;
    [[nodiscard]] static bool may_stay(Bound const& before, settings::Listen const& wanted,
                                       proxy::Entrance const& made);
    void close_all_but(std::vector<settings::Listen> const& wanted);
    void accept_on(Bound const& bound);
    void accept(proxy::WorkerState& state, proxy::Entrance const& entrance, Descriptor connected, std::string peer);

    Workers const& workers_;
    States const& states_;
    net::ConnectionLimit& connections_;
    Addresses bound_;
    proxy::Entrance::Balancers trusted_proxies_;
    std::uint64_t rules_ = 0;  // the number of those that were made last
};

}  // namespace tollgate::server
