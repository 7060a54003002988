#include "upstream/dial.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <utility>

namespace tollgate::upstream {

net::asio::awaitable<Result<ConnectionPtr>> dial(net::Worker& worker, net::Resolver& resolver,
                                                 settings::Upstream const& upstream, net::Timeout timeout) {
    auto const began = net::Worker::now();
    auto const addresses = co_await resolver.resolve(upstream.host);
    if (!addresses) co_return failure(errc::upstream_unresolved);
    auto outcome = errc::upstream_refused;
    for (auto const& address : *addresses) {
        auto left = timeout;
        if (timeout) {
            left = *timeout - std::chrono::duration_cast<std::chrono::milliseconds>(net::Worker::now() - began);
            if (left->count() <= 0) co_return failure(errc::upstream_timeout);
        }
        auto connected = co_await net::connect(worker, net::asio::ip::tcp::endpoint(address, upstream.port), left);
        if (connected) co_return std::make_unique<Connection>(worker, std::move(*connected));
        outcome = errc_of(connected.error(), errc::upstream_refused) == errc::timed_out ? errc::upstream_timeout
                                                                                        : errc::upstream_refused;
    }
    co_return failure(outcome);
}

}  // namespace tollgate::upstream
