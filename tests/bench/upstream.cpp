// The service behind every proxy of the benchmark: one thread, one epoll, no parsing beyond need, so that it is never
// what is measured.
//
//   bench_upstream PORT
//
//   /bytes/N           N bytes
//   /stream?rate=R     server-sent events without end, R a second; each says when it was sent
//   /echo              the head of the request, as it arrived
//   anything else      takes the body, and gives a small JSON answer
#include "bench/clock.hpp"
#include "bench/http_text.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using namespace bench;

constexpr std::size_t piece_bytes = 256 * 1024;
constexpr std::string_view small_body = "{\"text\":\"one small answer\"}\n";
static_assert(small_body.size() == 28);
constexpr std::string_view small_head =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 28\r\n\r\n";
constexpr std::string_view stream_head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nTransfer-Encoding: "
    "chunked\r\n\r\n";

struct Connection {
    int descriptor;
    std::string head;              // of the request that is arriving
    BodyReader body;               // of that request
    std::string answer;            // given when the body is there
    std::uint64_t bytes_left = 0;  // that follow what is in `out`
    std::string out;               // not yet sent
    bool head_read = false;
    bool wants_writes = false;
    nanoseconds_t period = 0;  // of the events of a stream
};

struct DueEvent {
    nanoseconds_t at;
    int descriptor;
    std::uint64_t serial;  // of the connection: its descriptor may have been given to another
    bool operator>(DueEvent const& other) const { return at > other.at; }
};

class Upstream {
public:
    explicit Upstream(std::uint16_t port);
    void run();

private:
    void accept_all();
    void close(int descriptor);
    void watch(Connection& connection, bool writes);
    void read(Connection& connection);
    void take(Connection& connection, std::string_view input);
    void begin_request(Connection& connection);
    void answer(Connection& connection);
    void begin_stream(Connection& connection, std::uint64_t rate);
    [[nodiscard]] bool flush(Connection& connection);
    void send_due_events();

    int listener_;
    int epoll_;
    std::vector<std::unique_ptr<Connection>> connections_;  // by descriptor
    std::vector<std::uint64_t> serials_;                    // by descriptor
    std::priority_queue<DueEvent, std::vector<DueEvent>, std::greater<>> events_;
    std::uint64_t streams_begun_ = 0;
    std::string const filler_ = std::string(piece_bytes, 'x');
    std::vector<char> input_ = std::vector<char>(piece_bytes);
};

[[noreturn]] void fail(char const* what) {
    std::perror(what);
    std::exit(1);
}

Upstream::Upstream(std::uint16_t port)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    int const on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener_, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0) fail("bind");
    if (::listen(listener_, 4096) != 0) fail("listen");
    epoll_event event{.events = EPOLLIN, .data = {.fd = listener_}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event) != 0) fail("epoll_ctl");
}

void Upstream::run() {
    std::vector<epoll_event> ready(512);
    for (;;) {
        timespec wait{};
        if (!events_.empty()) wait = timespec_of(std::max<nanoseconds_t>(0, events_.top().at - now_ns()));
        int const count = ::epoll_pwait2(epoll_, ready.data(), static_cast<int>(ready.size()),
                                         events_.empty() ? nullptr : &wait, nullptr);
        for (int i = 0; i < count; ++i) {
            auto const& event = ready[static_cast<std::size_t>(i)];
            if (event.data.fd == listener_) {
                accept_all();
                continue;
            }
            auto* const connection = connections_[static_cast<std::size_t>(event.data.fd)].get();
            if (connection && (event.events & EPOLLOUT) && !flush(*connection)) continue;
            if (connection && (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR))) read(*connection);
        }
        send_due_events();
    }
}

void Upstream::accept_all() {
    for (;;) {
        int const accepted = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted < 0) return;
        int const on = 1;
        ::setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        auto const place = static_cast<std::size_t>(accepted);
        if (connections_.size() <= place) connections_.resize(place + 1), serials_.resize(place + 1);
        connections_[place] = std::make_unique<Connection>(Connection{.descriptor = accepted});
        ++serials_[place];
        epoll_event event{.events = EPOLLIN, .data = {.fd = accepted}};
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, accepted, &event);
    }
}

void Upstream::close(int descriptor) {
    ::close(descriptor);
    connections_[static_cast<std::size_t>(descriptor)].reset();
}

void Upstream::watch(Connection& connection, bool writes) {
    if (connection.wants_writes == writes) return;
    connection.wants_writes = writes;
    epoll_event event{.events = EPOLLIN, .data = {.fd = connection.descriptor}};
    if (writes) event.events |= EPOLLOUT;
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.descriptor, &event);
}

void Upstream::read(Connection& connection) {
    auto const got = ::recv(connection.descriptor, input_.data(), input_.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return close(connection.descriptor);
    take(connection, {input_.data(), static_cast<std::size_t>(got)});
}

void Upstream::take(Connection& connection, std::string_view input) {
    int const descriptor = connection.descriptor;
    while (!input.empty()) {
        if (!connection.head_read) {
            auto const before = connection.head.size();
            connection.head.append(input);
            auto const end = connection.head.find("\r\n\r\n", before < 3 ? 0 : before - 3);
            if (end == std::string::npos) return;
            input.remove_prefix(end + 4 - before);
            connection.head.resize(end + 4);
            begin_request(connection);
        }
        std::size_t taken = 0;
        connection.body.feed(input, [&](std::string_view piece) { taken += piece.size(); });
        input.remove_prefix(taken);
        if (!connection.body.ended()) return;
        answer(connection);
        if (!connections_[static_cast<std::size_t>(descriptor)]) return;
    }
}

void Upstream::begin_request(Connection& connection) {
    std::string_view const head = connection.head;
    connection.head_read = true;
    connection.body.expect_length(number(field(head, "Content-Length").value_or("0")));
    if (field(head, "Transfer-Encoding")) fail("a proxy changed the framing of a request: Transfer-Encoding");
}

void Upstream::answer(Connection& connection) {
    std::string_view const head = connection.head;
    auto const from = head.find(' ') + 1;
    auto const target = head.substr(from, head.find(' ', from) - from);
    constexpr std::string_view bytes = "/bytes/", stream = "/stream?rate=";
    if (target.starts_with(bytes)) {
        connection.bytes_left = number(target.substr(bytes.size()));
        connection.out += "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: " +
                          std::to_string(connection.bytes_left) + "\r\n\r\n";
    } else if (target.starts_with(stream)) {
        begin_stream(connection, number(target.substr(stream.size())));
    } else if (target == "/echo") {
        connection.out +=
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(head.size()) +
            "\r\n\r\n" + connection.head;
    } else {
        connection.out.append(small_head).append(small_body);
    }
    connection.head.clear();
    connection.head_read = false;
    (void)flush(connection);
}

void Upstream::begin_stream(Connection& connection, std::uint64_t rate) {
    connection.out += stream_head;
    connection.period = second_ns / static_cast<nanoseconds_t>(std::max<std::uint64_t>(1, rate));
    // Streams are spread over the period: the golden ratio keeps any number of them apart.
    constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;
    auto const share = static_cast<double>((++streams_begun_ * golden) >> 11) / 9007199254740992.0;
    auto const phase = static_cast<nanoseconds_t>(static_cast<double>(connection.period) * share);
    auto const descriptor = connection.descriptor;
    events_.push({now_ns() + phase, descriptor, serials_[static_cast<std::size_t>(descriptor)]});
}

// False: the connection is gone.
bool Upstream::flush(Connection& connection) {
    while (!connection.out.empty() || connection.bytes_left > 0) {
        if (connection.out.empty()) {
            auto const size = std::min<std::uint64_t>(connection.bytes_left, filler_.size());
            auto const sent =
                ::send(connection.descriptor, filler_.data(), static_cast<std::size_t>(size), MSG_NOSIGNAL);
            if (sent > 0) connection.bytes_left -= static_cast<std::uint64_t>(sent);
            else break;
        } else {
            auto const more = connection.bytes_left > 0 ? MSG_MORE : 0;
            auto const sent =
                ::send(connection.descriptor, connection.out.data(), connection.out.size(), MSG_NOSIGNAL | more);
            if (sent > 0) connection.out.erase(0, static_cast<std::size_t>(sent));
            else break;
        }
    }
    bool const is_done = connection.out.empty() && connection.bytes_left == 0;
    if (!is_done && errno != EAGAIN && errno != EINTR) return close(connection.descriptor), false;
    watch(connection, !is_done);
    return true;
}

void Upstream::send_due_events() {
    while (!events_.empty() && events_.top().at <= now_ns()) {
        auto due = events_.top();
        events_.pop();
        auto const place = static_cast<std::size_t>(due.descriptor);
        auto* const connection = connections_[place].get();
        if (!connection || serials_[place] != due.serial) continue;
        char event[96];
        int const size = std::snprintf(event, sizeof event, "data: %020lld {\"text\": \"a word\"}\n\n",
                                       static_cast<long long>(now_ns()));
        char chunk[128];
        int const framed = std::snprintf(chunk, sizeof chunk, "%x\r\n%s\r\n", static_cast<unsigned>(size), event);
        connection->out.append(chunk, static_cast<std::size_t>(framed));
        due.at += connection->period;
        if (flush(*connection)) events_.push(due);
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) return std::fprintf(stderr, "bench_upstream PORT\n"), 2;
    std::signal(SIGPIPE, SIG_IGN);
    Upstream(static_cast<std::uint16_t>(bench::number(arguments[1]))).run();
}
