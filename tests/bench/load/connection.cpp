#include "bench/load/connection.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bench {
namespace {

constexpr std::size_t piece_bytes = 256 * 1024;

[[noreturn]] void fail(char const* what) {
    std::perror(what);
    std::exit(1);
}

// The same for every proxy: TLS 1.3, AES-128-GCM, X25519, and no session is resumed.
SSL_CTX* make_context() {
    auto* const context = SSL_CTX_new(TLS_client_method());
    bool const made = context && SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
                      SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256") == 1 &&
                      SSL_CTX_set1_groups_list(context, "X25519") == 1;
    if (!made) fail("OpenSSL");
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return context;
}

bool is_patient(SSL* tls, int result) {
    auto const why = SSL_get_error(tls, result);
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
}

}  // namespace

Loop::Loop(Options const& options, Traffic& traffic)
    : options_(options),
      traffic_(traffic),
      context_(options.transport == Transport::tls ? make_context() : nullptr),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      connections_(options.connections),
      input_(piece_bytes),
      filler_(piece_bytes, 'x') {
    for (std::size_t i = 0; i < connections_.size(); ++i) connections_[i].index = i;
}

void Loop::open(Connection& connection) {
    close(connection);
    auto const index = connection.index;
    auto const intended = connection.intended;
    connection = {.index = index, .intended = intended};
    connection.descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection.descriptor < 0) fail("socket");
    int const on = 1;
    ::setsockopt(connection.descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(connection.descriptor, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0 &&
        errno != EINPROGRESS)
        fail("connect");
    if (context_) {
        connection.tls = SSL_new(context_);
        if (!connection.tls || SSL_set_fd(connection.tls, connection.descriptor) != 1) fail("OpenSSL");
        SSL_set_connect_state(connection.tls);
    }
    epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.u64 = index}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.descriptor, &event) != 0) fail("epoll_ctl");
}

void Loop::close(Connection& connection) {
    if (connection.descriptor < 0) return;
    if (connection.tls) SSL_free(connection.tls);
    ::close(connection.descriptor);
    connection.tls = nullptr;
    connection.descriptor = -1;
}

void Loop::turn(nanoseconds_t until) {
    send_all();
    epoll_event ready[256];
    auto const wait = timespec_of(std::max<nanoseconds_t>(0, until - now_ns()));
    int const count = ::epoll_pwait2(epoll_, ready, 256, &wait, nullptr);
    for (int i = 0; i < count; ++i) {
        auto& connection = connections_[ready[i].data.u64];
        if (connection.descriptor >= 0) drive(connection, ready[i].events);
    }
    send_all();
}

void Loop::send_all() {
    for (auto const index : std::exchange(to_send_, {})) {
        if (connections_[index].descriptor >= 0) send_now(connections_[index]);
    }
}

void Loop::drive(Connection& connection, std::uint32_t events) {
    if (!connection.ready) {
        if (!(events & (EPOLLOUT | EPOLLIN | EPOLLERR))) return;
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(connection.descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) return lose(connection);
        if (!(events & (EPOLLOUT | EPOLLIN))) return;
        if (connection.tls && !shake_hands(connection)) return;
        connection.ready = true;
        traffic_.on_ready(connection);
        return;
    }
    auto const descriptor = connection.descriptor;
    if ((events & EPOLLOUT) && (!connection.out.empty() || connection.filler_left > 0)) send(connection);
    if (connection.descriptor == descriptor && (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)))
        receive(connection);
}

bool Loop::shake_hands(Connection& connection) {
    ERR_clear_error();
    int const result = SSL_do_handshake(connection.tls);
    if (result == 1) return true;
    if (!is_patient(connection.tls, result)) lose(connection);
    return false;
}

Loop::Moved Loop::read(Connection& connection) {
    if (connection.tls) {
        ERR_clear_error();
        std::size_t got = 0;
        int const result = SSL_read_ex(connection.tls, input_.data(), input_.size(), &got);
        return {got, result != 1 && !is_patient(connection.tls, result)};
    }
    auto const got = ::recv(connection.descriptor, input_.data(), input_.size(), 0);
    if (got > 0) return {static_cast<std::size_t>(got), false};
    return {0, got == 0 || (errno != EAGAIN && errno != EINTR)};
}

Loop::Moved Loop::write(Connection& connection, std::string_view bytes) {
    if (connection.tls) {
        ERR_clear_error();
        std::size_t sent = 0;
        int const result = SSL_write_ex(connection.tls, bytes.data(), bytes.size(), &sent);
        return {sent, result != 1 && !is_patient(connection.tls, result)};
    }
    auto const sent = ::send(connection.descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) return {static_cast<std::size_t>(sent), false};
    return {0, errno != EAGAIN && errno != EINTR};
}

void Loop::send(Connection& connection) { to_send_.push_back(connection.index); }

void Loop::send_now(Connection& connection) {
    while (!connection.out.empty() || connection.filler_left > 0) {
        bool const is_filler = connection.out.empty();
        auto const filler = std::string_view(filler_).substr(
            0, static_cast<std::size_t>(std::min<std::uint64_t>(connection.filler_left, filler_.size())));
        auto const moved = write(connection, is_filler ? filler : std::string_view(connection.out));
        if (moved.broken) return lose(connection);
        if (moved.bytes == 0) return;
        if (is_filler) {
            connection.filler_left -= moved.bytes;
            traffic_.on_sent(connection, moved.bytes);
        } else {
            connection.out.erase(0, moved.bytes);
        }
    }
}

void Loop::receive(Connection& connection) {
    for (;;) {
        auto const moved = read(connection);
        if (moved.broken) return lose(connection);
        if (moved.bytes == 0) return;
        if (!take(connection, {input_.data(), moved.bytes})) return;
    }
}

// False when an answer has ended: the connection may be another by now.
bool Loop::take(Connection& connection, std::string_view input) {
    if (!connection.head_read) {
        auto const before = connection.head.size();
        connection.head.append(input);
        auto const end = connection.head.find("\r\n\r\n", before < 3 ? 0 : before - 3);
        if (end == std::string::npos) return true;
        input.remove_prefix(end + 4 - before);
        connection.head.resize(end + 4);
        std::string_view const head = connection.head;
        connection.head_read = true;
        connection.status = static_cast<int>(number(head.substr(9, 3)));
        connection.peer_closes = same_letters(field(head, "Connection").value_or(""), "close");
        if (field(head, "Transfer-Encoding")) connection.body.expect_chunks();
        else connection.body.expect_length(number(field(head, "Content-Length").value_or("0")));
    }
    connection.body.feed(input, [&](std::string_view piece) { traffic_.on_body(connection, piece); });
    if (!connection.body.ended()) return true;
    connection.head.clear();
    connection.head_read = false;
    traffic_.on_answer(connection);
    return false;
}

void Loop::lose(Connection& connection) {
    close(connection);
    traffic_.on_lost(connection);
}

}  // namespace bench
