#include "server/entrances.hpp"

#include "base/client_key.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <utility>

namespace tollgate::server {

using settings::Listen;
using settings::ListenAddress;

namespace {

bool are_same(proxy::Entrance::Balancers const& some, proxy::Entrance::Balancers const& others) {
    return some && others ? *some == *others : some == others;
}

bool asks_for_certificate(Listen const& listen) { return listen.tls->client_auth != settings::ClientAuth::none; }

}  // namespace

std::expected<void, std::string> Entrances::listen_on(settings::Settings const& settings, TlsContexts const& tls) {
    auto const& wanted = settings.listen;
    Addresses added;
    for (auto const& listen : wanted) {
        auto const& address = listen.address;
        if (bound_.contains(address)) continue;
        auto bound = bind(address);
        if (!bound) return std::unexpected(fmt::format("cannot listen on {}: {}", address.text(), bound.error()));
        added.emplace(address, std::move(*bound));
    }
    close_all_but(wanted);
    trusted_proxies_ = std::make_shared<std::vector<settings::Network> const>(settings.trusted_proxies);
    for (auto const& [address, bound] : added) bound_.emplace(address, bound);
    open(wanted, tls);
    for (auto const& [address, bound] : added) accept_on(bound);
    return {};
}

std::expected<Entrances::Bound, std::string> Entrances::bind(ListenAddress const& address) const {
    auto const endpoint = net::Listener::free_endpoint(address.address, address.port);
    if (!endpoint) return std::unexpected(endpoint.error());
    Bound bound{.port = endpoint->port(), .sockets = {}, .entrances = {}};
    for (auto const& worker : workers_) {
        auto listener = net::Listener::bind(*worker, *endpoint);
        if (!listener) return std::unexpected(listener.error());
        bound.sockets.push_back(std::move(*listener));
        bound.entrances.push_back(std::make_shared<proxy::Entrance>());
    }
    return bound;
}

void Entrances::close_all_but(std::vector<Listen> const& wanted) {
    std::erase_if(bound_, [&](auto const& item) {
        auto const& [address, bound] = item;
        if (std::ranges::find(wanted, address, &Listen::address) != wanted.end()) return false;
        for (std::size_t i = 0; i < workers_.size(); ++i) {
            workers_[i]->post([listener = bound.sockets[i], &state = *states_[i], rules = bound.made.rules] {
                listener->close();
                state.drain_those_by(rules);
            });
        }
        return true;
    });
}

void Entrances::open(std::vector<Listen> const& listens, TlsContexts const& tls) {
    auto const secure = std::ranges::find_if(listens, [](Listen const& listen) { return listen.tls.has_value(); });
    for (auto const& listen : listens) {
        proxy::Entrance made;
        if (auto const context = tls.find(listen.address); context != tls.end()) made.tls = context->second;
        assert(!listen.tls || made.tls);  // or it would speak in the clear
        if (listen.redirect_to_https) made.redirect_port = port(secure->address);
        if (listen.proxy_protocol) made.balancers = trusted_proxies_;
        auto& bound = bound_.at(listen.address);
        made.rules = bound.wanted && may_stay(bound, listen, made) ? bound.made.rules : ++rules_;
        bool const replaces = bound.wanted && bound.made.rules != made.rules;
        auto const before = std::exchange(bound.made, made).rules;
        bound.wanted = listen;
        for (std::size_t i = 0; i < workers_.size(); ++i) {
            workers_[i]->post([place = bound.entrances[i], made, &state = *states_[i], replaces, before] {
                *place = made;
                if (replaces) state.drain_those_by(before);
            });
        }
    }
}

// Whether who came in before might come in now just the same. Of a client certificate nobody knows whether it would be
// believed again.
bool Entrances::may_stay(Bound const& before, Listen const& wanted, proxy::Entrance const& made) {
    if (before.made.redirect_port != made.redirect_port) return false;
    if (!are_same(before.made.balancers, made.balancers)) return false;
    if (before.wanted->tls.has_value() != wanted.tls.has_value()) return false;
    return !wanted.tls || (before.wanted->tls->min_version == wanted.tls->min_version &&
                           !asks_for_certificate(*before.wanted) && !asks_for_certificate(wanted));
}

void Entrances::accept_on(Bound const& bound) {
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        workers_[i]->post([this, &state = *states_[i], listener = bound.sockets[i], entrance = bound.entrances[i]] {
            listener->start([this, &state, entrance](Descriptor connected, std::string peer) {
                accept(state, *entrance, std::move(connected), std::move(peer));
            });
        });
    }
}

// On the worker's thread. Who is over a limit gets no answer, the socket closes: it would cost what the limit protects.
void Entrances::accept(proxy::WorkerState& state, proxy::Entrance const& entrance, Descriptor connected,
                       std::string peer) {
    bool const is_balancer = entrance.balancers && settings::contain(*entrance.balancers, peer);
    auto const header = is_balancer ? proxy::ProxyHeaderDue::yes : proxy::ProxyHeaderDue::no;
    auto place = is_balancer ? connections_.enter_for_nobody() : connections_.enter(client_key(peer));
    if (!place) return;
    proxy::Connection::serve(std::make_unique<proxy::Connection>(state, std::move(connected), std::move(peer),
                                                                 std::move(place), entrance, header));
}

void Entrances::close(unsigned worker) {
    for (auto const& [address, bound] : bound_) bound.sockets[worker]->close();
}

}  // namespace tollgate::server
