#include "net/listener.hpp"

#include "base/log.hpp"
#include "net/address_text.hpp"

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/socket.h>

#include <utility>

namespace tollgate::net {
namespace {

using asio::ip::tcp;
using V6Only = asio::ip::v6_only;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr auto awaitable_tuple = asio::as_tuple(asio::use_awaitable);
constexpr int backlog = 4096;
constexpr std::chrono::milliseconds pause_without_descriptors{100};

enum class Sharing { exclusive, among_workers };

boost::system::error_code listen(tcp::acceptor& acceptor, tcp::endpoint const& endpoint, Sharing sharing) {
    boost::system::error_code failed;
    acceptor.open(endpoint.protocol(), failed);
    if (!failed) acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
    if (!failed && sharing == Sharing::among_workers) acceptor.set_option(ReusePort(true), failed);
    if (!failed && endpoint.address().is_v6()) acceptor.set_option(V6Only(false), failed);  // [::] is dual-stack
    if (!failed) acceptor.bind(endpoint, failed);
    if (!failed) acceptor.listen(backlog, failed);
    return failed;
}

bool out_of_resources(boost::system::error_code failed) {
    namespace errc = boost::system::errc;
    return failed == errc::too_many_files_open || failed == errc::too_many_files_open_in_system ||
           failed == errc::no_buffer_space || failed == errc::not_enough_memory;
}

}  // namespace

std::expected<tcp::endpoint, std::string> Listener::free_endpoint(std::string const& address, std::uint16_t port) {
    boost::system::error_code failed;
    auto const parsed =
        address == "*" ? asio::ip::address(asio::ip::address_v6::any()) : asio::ip::make_address(address, failed);
    if (failed) return std::unexpected("not an address");
    asio::io_context context;
    tcp::acceptor probe(context);
    if (auto const refused = listen(probe, {parsed, port}, Sharing::exclusive))
        return std::unexpected(refused.message());
    return probe.local_endpoint();
}

std::expected<std::shared_ptr<Listener>, std::string> Listener::bind(Worker& worker, tcp::endpoint const& endpoint) {
    std::shared_ptr<Listener> const listener(new Listener(worker));
    if (auto const refused = listen(listener->acceptor_, endpoint, Sharing::among_workers))
        return std::unexpected(refused.message());
    return listener;
}

void Listener::start(Accepted accepted) {
    asio::co_spawn(worker_.context(), accept_each(shared_from_this(), std::move(accepted)), asio::detached);
}

void Listener::close() {
    boost::system::error_code ignored;  // closed either way
    acceptor_.close(ignored);
}

asio::awaitable<void> Listener::accept_each(std::shared_ptr<Listener> self, Accepted accepted) {
    asio::steady_timer pause(self->worker_.context());
    bool paused = false;
    while (self->acceptor_.is_open()) {
        tcp::endpoint peer;
        auto [failed, socket] = co_await self->acceptor_.async_accept(self->worker_.context(), peer, awaitable_tuple);
        if (!failed) {
            if (std::exchange(paused, false)) log::info("accepting connections again");
            accepted(Socket(std::move(socket)), text_of(peer.address()));
        } else if (out_of_resources(failed)) {
            if (!std::exchange(paused, true)) log::error(fmt::format("accepting pauses: {}", failed.message()));
            pause.expires_after(pause_without_descriptors);
            co_await pause.async_wait(awaitable_tuple);
        }
        // Anything else was the one connection's own end.
    }
}

}  // namespace tollgate::net
