#include "net/listener.hpp"

#include "base/log.hpp"
#include "net/address_text.hpp"

#include <fmt/format.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace tollgate::net {
namespace {

using asio::ip::tcp;
using V6Only = asio::ip::v6_only;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr int backlog = 4096;
constexpr std::chrono::milliseconds pause_without_descriptors{100};

enum class Sharing { exclusive, among_workers };

boost::system::error_code listen(tcp::acceptor& acceptor, tcp::endpoint const& endpoint, Sharing sharing) {
    boost::system::error_code failed;
    acceptor.open(endpoint.protocol(), failed);
    if (!failed) acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
    if (!failed && sharing == Sharing::among_workers) acceptor.set_option(ReusePort(true), failed);
    if (!failed) acceptor.set_option(tcp::no_delay(true), failed);  // what is accepted has it too
    if (!failed && endpoint.address().is_v6()) acceptor.set_option(V6Only(false), failed);  // [::] is dual-stack
    if (!failed) acceptor.bind(endpoint, failed);
    if (!failed) acceptor.listen(backlog, failed);
    return failed;
}

bool out_of_resources(int error) noexcept {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
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
    asio::io_context context;
    tcp::acceptor acceptor(context);
    if (auto const refused = listen(acceptor, endpoint, Sharing::among_workers))
        return std::unexpected(refused.message());
    boost::system::error_code failed;
    acceptor.native_non_blocking(true, failed);
    if (failed) return std::unexpected(failed.message());
    Descriptor listening(acceptor.release());
    return std::shared_ptr<Listener>(new Listener(worker, std::move(listening)));
}

void Listener::start(Accepted accepted) {
    accepted_ = std::move(accepted);
    if (!worker_.loop().add(descriptor_.get(), *this, EPOLLIN)) log::error("a listener cannot wait for connections");
}

// The kernel would reset whom it has connected and nobody has accepted. Others may connect meanwhile: no more are taken
// than can have waited at first.
void Listener::close() {
    for (int taken = 0; descriptor_ && taken < backlog && accept_one();) ++taken;
    next_.unlink();
    again_.disarm();
    descriptor_ = {};
}

void Listener::note(std::uint32_t) noexcept { worker_.loop().due(next_); }

// False when there is nobody to be taken, or no room.
bool Listener::accept_one() {
    tcp::endpoint peer;
    auto size = static_cast<socklen_t>(peer.capacity());
    Descriptor connected(::accept4(descriptor_.get(), peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connected) {
        if (std::exchange(paused_, false)) log::info("accepting connections again");
        peer.resize(size);
        hand_on(std::move(connected), text_of(peer.address()));
        return true;
    }
    int const error = errno;
    if (error == EINVAL || error == EBADF) {
        log::error(fmt::format("a listener has ended: {}", std::strerror(error)));
        descriptor_ = {};
    } else if (out_of_resources(error)) {
        if (!std::exchange(paused_, true)) log::error(fmt::format("accepting pauses: {}", std::strerror(error)));
        hear(0);
        worker_.arm(again_, pause_without_descriptors);
    } else {
        return error != EAGAIN;  // this connection has ended; others may wait
    }
    return false;
}

void Listener::hand_on(Descriptor connected, std::string peer) {
    try {
        accepted_(std::move(connected), std::move(peer));
    } catch (...) {
        log::thrown("the beginning of a connection");
    }
}

// The loop tells of a connection that waits in every turn, unless nobody listens.
void Listener::hear(std::uint32_t events) {
    if (!worker_.loop().change(descriptor_.get(), *this, events)) log::error("a listener cannot wait for connections");
}

}  // namespace tollgate::net
