#include "upstream/dial.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace tollgate::upstream {
namespace {

using std::chrono::milliseconds;

net::asio::awaitable<Result<void>> connect(net::Worker& worker, net::asio::ip::tcp::endpoint endpoint,
                                           milliseconds left, ConnectionPtr& connection) {
    if (left.count() <= 0) co_return failure(errc::timed_out);
    auto opened = net::Stream::open(worker, endpoint);
    if (!opened) co_return std::unexpected(opened.error());
    connection = std::make_unique<Connection>(worker, std::move(*opened));
    auto const limit = left == milliseconds::max() ? net::Timeout{} : left;
    auto const connected = co_await connection->stream->connect(endpoint, limit);
    if (!connected) connection.reset();
    co_return connected;
}

}  // namespace

net::asio::awaitable<Result<void>> dial(net::Worker& worker, net::Resolver& resolver, settings::Server const& server,
                                        net::Timeout timeout, errc const& ended, ConnectionPtr& connection) {
    auto const began = net::Worker::now();
    auto const time_left = [&] {
        if (!timeout) return milliseconds::max();
        return *timeout - std::chrono::duration_cast<milliseconds>(net::Worker::now() - began);
    };
    auto const addresses = co_await resolver.resolve(server.host, time_left());
    if (!addresses) co_return std::unexpected(addresses.error());
    auto outcome = errc::upstream_refused;
    for (auto const& address : *addresses) {
        if (ended != errc{}) co_return failure(ended);
        auto const connected = co_await connect(worker, {address, server.port}, time_left(), connection);
        if (connected) co_return connected;
        auto why = errc_of(connected.error(), errc::upstream_refused);
        if (why == errc::connection_reset) why = errc::upstream_refused;
        if (why != errc::upstream_refused && why != errc::timed_out) co_return connected;
        outcome = why == errc::timed_out ? errc::upstream_timeout : why;
    }
    co_return failure(outcome);
}

}  // namespace tollgate::upstream
