#include "upstream/dial.hpp"

#include "net/adopt.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <chrono>
#include <utility>
#include <vector>

namespace tollgate::upstream {
namespace {

using std::chrono::milliseconds;
using Endpoints = std::vector<net::Endpoint>;

// The time that is left of all of it.
class TimeLeft {
public:
    explicit TimeLeft(net::Timeout all) : all_(all) {}
    [[nodiscard]] milliseconds left() const {
        if (!all_) return milliseconds::max();
        return *all_ - std::chrono::duration_cast<milliseconds>(net::Worker::now() - began_);
    }
    [[nodiscard]] net::Timeout timeout() const { return all_ ? net::Timeout(left()) : all_; }

private:
    net::Timeout all_;
    steady_time began_ = net::Worker::now();
};

net::Task<Result<Endpoints>> endpoints_of(net::Worker& worker, net::Resolver& resolver, settings::Server const& server,
                                          milliseconds left) {
    if (server.scheme == settings::Scheme::unix_socket)
        co_return Endpoints{net::Endpoint(net::asio::local::stream_protocol::endpoint(server.socket))};
    auto const literal = net::literal_of(server.host);
    auto const addresses =
        literal ? Result<net::Addresses>({*literal}) : co_await net::adopt(worker, resolver.resolve(server.host, left));
    if (!addresses) co_return std::unexpected(addresses.error());
    Endpoints endpoints;
    for (auto const& address : net::interleaved(*addresses))
        endpoints.emplace_back(net::asio::ip::tcp::endpoint(address, server.port));
    co_return endpoints;
}

// As the way to a server fails: a wait's end is the time's, and whoever breaks off refuses.
errc reason_of_way(boost::system::error_code failed) {
    auto const why = errc_of(failed, errc::upstream_refused);
    if (why == errc::connection_reset) return errc::upstream_refused;
    return why == errc::timed_out ? errc::upstream_timeout : why;
}

net::Task<Result<void>> shake_hands(std::shared_ptr<net::TlsTarget> target, TimeLeft const& time,
                                    Connection& connection) {
    if (time.left().count() <= 0) co_return failure(errc::upstream_timeout);
    auto const done = co_await connection.stream->connect_tls(std::move(target), time.timeout());
    if (!done) co_return failure(reason_of_way(done.error()));
    co_return done;
}

}  // namespace

net::Task<Result<void>> dial(net::Worker& worker, net::Resolver& resolver, Destination destination,
                             net::Timeout timeout, errc const& ended, ConnectionPtr& connection) {
    TimeLeft const time(timeout);
    auto const endpoints = co_await endpoints_of(worker, resolver, destination.server, time.left());
    if (!endpoints) co_return std::unexpected(endpoints.error());
    if (ended != errc{}) co_return failure(ended);
    if (time.left().count() <= 0) co_return failure(errc::upstream_timeout);
    connection = std::make_unique<Connection>(worker, std::make_unique<net::Stream>(worker));
    auto const connected = co_await connection->stream->connect(*endpoints, time.timeout());
    if (!connected) co_return failure(reason_of_way(connected.error()));
    if (!destination.tls) co_return connected;
    co_return co_await shake_hands(std::move(destination.tls), time, *connection);
}

}  // namespace tollgate::upstream
