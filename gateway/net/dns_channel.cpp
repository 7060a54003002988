#include "net/dns_channel.hpp"

#include <ares.h>
#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <utility>

namespace tollgate::net {
namespace {

constexpr std::size_t most_addresses = 64;  // of one name; an answer over TCP could bring thousands

void require(int status) {
    if (status != ARES_SUCCESS) throw std::runtime_error(std::string("c-ares: ") + ares_strerror(status));
}

asio::ip::address address_of(ares_addrinfo_node const& node) {
    if (node.ai_family == AF_INET) {
        sockaddr_in socket{};
        std::memcpy(&socket, node.ai_addr, sizeof socket);
        return asio::ip::address_v4(ntohl(socket.sin_addr.s_addr));
    }
    sockaddr_in6 socket{};
    std::memcpy(&socket, node.ai_addr, sizeof socket);
    return asio::ip::address_v6(std::to_array(socket.sin6_addr.s6_addr));
}

// Each address once, in c-ares' order (RFC 6724); the shortest TTL on the way, aliases included.
std::expected<Answer, NoAnswer> answer_of(ares_addrinfo const& found) {
    Answer answer{{}, std::chrono::seconds::max()};
    auto const limit = [&](int ttl) { answer.ttl = std::min(answer.ttl, std::chrono::seconds(ttl)); };
    for (auto const* alias = found.cnames; alias; alias = alias->next) limit(alias->ttl);
    for (auto const* node = found.nodes; node && answer.addresses.size() < most_addresses; node = node->ai_next) {
        limit(node->ai_ttl);
        auto const address = address_of(*node);
        if (std::ranges::find(answer.addresses, address) == answer.addresses.end()) answer.addresses.push_back(address);
    }
    if (answer.addresses.empty()) return std::unexpected(NoAnswer::denied);
    return answer;
}

void finish(void* argument, int status, int /*timeouts*/, ares_addrinfo* result) noexcept {
    std::unique_ptr<DnsChannel::Done> const done(static_cast<DnsChannel::Done*>(argument));
    std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> const found(result, &ares_freeaddrinfo);
    bool const denied = status == ARES_ENOTFOUND || status == ARES_ENODATA;
    if (status == ARES_SUCCESS && found) (*done)(answer_of(*found));
    else (*done)(std::unexpected(denied ? NoAnswer::denied : NoAnswer::failed));
}

ares_channel open_channel(std::string const& servers, std::chrono::milliseconds timeout) {
    ares_options options{};
    char files_then_dns[] = "fb";
    options.lookups = files_then_dns;
    options.flags = ARES_FLAG_NOALIASES;  // the variable HOSTALIASES names a file of a user's own: not for a server
    options.tries = 2;                    // the second try waits twice as long: 1/4 + 2/4 of the whole
    options.timeout = static_cast<int>(std::clamp<std::int64_t>(timeout.count() / 4, 1, 60'000));
    ares_channel channel = nullptr;
    require(ares_library_init(ARES_LIB_INIT_ALL));
    require(
        ares_init_options(&channel, &options, ARES_OPT_LOOKUPS | ARES_OPT_FLAGS | ARES_OPT_TRIES | ARES_OPT_TIMEOUTMS));
    if (servers.empty()) return channel;
    if (int const status = ares_set_servers_ports_csv(channel, servers.c_str()); status != ARES_SUCCESS) {
        ares_destroy(channel);
        require(status);
    }
    return channel;
}

// How long poll may last, rounded up: rounded down it would spin through the last millisecond.
int milliseconds_until_timeout(ares_channel channel, std::chrono::milliseconds at_most) {
    auto const seconds = std::chrono::floor<std::chrono::seconds>(at_most);
    timeval limit{seconds.count(), std::chrono::microseconds(at_most - seconds).count()};
    timeval buffer{};
    auto const* pause = ares_timeout(channel, &limit, &buffer);
    return static_cast<int>(pause->tv_sec * 1'000 + pause->tv_usec / 1'000 + 1);
}

}  // namespace

DnsChannel::DnsChannel(std::string const& servers, std::chrono::milliseconds timeout)
    : channel_(open_channel(servers, timeout)) {}

void DnsChannel::Closer::operator()(ares_channeldata* channel) const noexcept {
    ares_destroy(channel);
    ares_library_cleanup();
}

void DnsChannel::ask(std::string const& name, Done done) {
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    auto argument = std::make_unique<Done>(std::move(done));
    ares_getaddrinfo(channel_.get(), name.c_str(), nullptr, &hints, &finish, argument.release());
}

void DnsChannel::wait(std::chrono::milliseconds at_most) {
    std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
    int const wanted = ares_getsock(channel_.get(), sockets.data(), ARES_GETSOCK_MAXNUM);
    std::array<pollfd, ARES_GETSOCK_MAXNUM + 1> polled{{{wake_.descriptor(), POLLIN, 0}}};
    std::size_t count = 1;
    for (int i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
        int const events =
            (ARES_GETSOCK_READABLE(wanted, i) ? POLLIN : 0) | (ARES_GETSOCK_WRITABLE(wanted, i) ? POLLOUT : 0);
        if (events) polled[count++] = {sockets[static_cast<std::size_t>(i)], static_cast<short>(events), 0};
    }
    if (poll(polled.data(), count, milliseconds_until_timeout(channel_.get(), at_most)) < 0) return;  // a signal
    if (polled[0].revents) wake_.heard();
    for (auto const& [descriptor, events, got] : std::span(polled).subspan(1, count - 1)) {
        if (!got) continue;
        // An error or a hang-up shows when c-ares does what it wanted to do.
        bool const failed = got & (POLLERR | POLLHUP | POLLNVAL);
        ares_process_fd(channel_.get(), failed || (got & POLLIN) ? descriptor : ARES_SOCKET_BAD,
                        (events & POLLOUT) && (failed || (got & POLLOUT)) ? descriptor : ARES_SOCKET_BAD);
    }
    ares_process_fd(channel_.get(), ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // what has timed out
}

}  // namespace tollgate::net
