// The floor of the benchmark: what a gateway costs when it does nothing that is not asked for. One thread, one epoll, a
// connection to the service for each client; a token that was seen before is found in a table. It believes its clients,
// waits for nobody and logs nothing: no proxy for anything but a measurement.
//
//   bench_relay PORT SERVICE_PORT SECRET
#include "bench/clock.hpp"
#include "bench/http_text.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using namespace bench;

constexpr std::size_t buffer_bytes = 128 * 1024;
constexpr std::string_view token_header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";  // the only one that is understood
constexpr std::string_view refusal = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";

struct Known {
    std::string user_id;
    std::time_t expires_at;
};

// One direction's end: what arrives here goes to `peer`.
struct End {
    int descriptor;
    End* peer;
    bool is_client;
    std::string head;             // of a request that is arriving
    std::uint64_t body_left = 0;  // of the request that is under way
    std::string waiting;          // that could not be sent yet; then the peer is not read from
    bool is_paused = false;
};

std::string decoded(std::string_view text) {
    std::string standard(text);
    for (char& c : standard) c = c == '-' ? '+' : c == '_' ? '/' : c;
    auto const padding = (4 - standard.size() % 4) % 4;
    standard.append(padding, '=');
    std::string bytes(standard.size() / 4 * 3, '\0');
    auto const size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<unsigned char const*>(standard.data()), static_cast<int>(standard.size()));
    bytes.resize(size < 0 ? 0 : static_cast<std::size_t>(size) - padding);
    return bytes;
}

class Relay {
public:
    Relay(std::uint16_t port, std::uint16_t service_port, std::string secret);
    [[noreturn]] void run();

private:
    void accept_all();
    void add(std::unique_ptr<End> end);
    void close_both(End& end);
    void read(End& end);
    [[nodiscard]] bool forward(End& client, std::string_view input);
    [[nodiscard]] std::optional<Known> verified(std::string_view token) const;
    [[nodiscard]] std::string const* user_of(std::string_view head);
    [[nodiscard]] bool send(End& to, std::string_view bytes);
    void watch(End& end);

    std::uint16_t service_port_;
    std::string secret_;
    int listener_;
    int epoll_;
    std::vector<std::unique_ptr<End>> ends_;  // by descriptor
    std::vector<std::unique_ptr<End>> gone_;  // until the events of this turn are served
    std::unordered_map<std::string, Known> known_;
    std::string out_;
    std::vector<char> input_ = std::vector<char>(buffer_bytes);
};

[[noreturn]] void fail(char const* what) {
    std::perror(what);
    std::exit(1);
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

void send_at_once(int descriptor) {
    int const on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Relay::Relay(std::uint16_t port, std::uint16_t service_port, std::string secret)
    : service_port_(service_port),
      secret_(std::move(secret)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    auto const address = loopback(port);
    if (::bind(listener_, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0) fail("bind");
    if (::listen(listener_, 4096) != 0) fail("listen");
    epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event) != 0) fail("epoll_ctl");
}

void Relay::run() {
    std::array<epoll_event, 512> ready;
    for (;;) {
        int const count = ::epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), -1);
        for (int i = 0; i < count; ++i) {
            auto const& event = ready[static_cast<std::size_t>(i)];
            auto* const end = static_cast<End*>(event.data.ptr);
            if (!end) {
                accept_all();
                continue;
            }
            if (end->descriptor < 0) continue;
            if ((event.events & EPOLLOUT) && !send(*end, {})) close_both(*end);
            if (end->descriptor >= 0 && (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR))) read(*end);
        }
        gone_.clear();
    }
}

void Relay::accept_all() {
    for (;;) {
        int const accepted = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted < 0) return;
        int const service = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        auto const address = loopback(service_port_);
        if (::connect(service, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0) fail("connect");
        int const on = 1;
        ::ioctl(service, FIONBIO, &on);
        send_at_once(accepted);
        send_at_once(service);
        auto client = std::make_unique<End>(End{.descriptor = accepted, .peer = nullptr, .is_client = true});
        auto origin = std::make_unique<End>(End{.descriptor = service, .peer = client.get(), .is_client = false});
        client->peer = origin.get();
        add(std::move(client));
        add(std::move(origin));
    }
}

void Relay::add(std::unique_ptr<End> end) {
    epoll_event event{.events = EPOLLIN, .data = {.ptr = end.get()}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, end->descriptor, &event) != 0) fail("epoll_ctl");
    auto const place = static_cast<std::size_t>(end->descriptor);
    if (ends_.size() <= place) ends_.resize(place + 1);
    ends_[place] = std::move(end);
}

void Relay::close_both(End& end) {
    for (auto* const one : {&end, end.peer}) {
        ::close(one->descriptor);
        gone_.push_back(std::move(ends_[static_cast<std::size_t>(std::exchange(one->descriptor, -1))]));
    }
}

void Relay::read(End& end) {
    auto const got = ::recv(end.descriptor, input_.data(), input_.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    std::string_view const input(input_.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    if (input.empty()) return close_both(end);
    if (!(end.is_client ? forward(end, input) : send(*end.peer, input))) close_both(end);
}

// Bytes of a request: its head is written anew, its body passes.
bool Relay::forward(End& client, std::string_view input) {
    if (client.body_left > 0) {
        client.body_left -= std::min<std::uint64_t>(client.body_left, input.size());
        return send(*client.peer, input);
    }
    std::string_view head = input;
    if (!client.head.empty()) head = client.head += input;
    auto const end = head.find("\r\n\r\n");
    if (end == head.npos) {
        if (client.head.empty()) client.head = head;
        return true;
    }
    auto const body = head.substr(end + 4);
    head = head.substr(0, end + 4);
    auto const* const user = user_of(head);
    if (!user) return client.head.clear(), send(client, refusal);
    out_.clear();
    for (std::size_t begin = 0; begin < end;) {
        auto const next = head.find("\r\n", begin) + 2;
        auto const line = head.substr(begin, next - begin);
        auto const name = line.substr(0, std::min(line.find(':'), line.size()));
        bool const is_dropped = same_letters(name, "Authorization") || same_letters(name.substr(0, 7), "X-User-");
        if (!is_dropped) out_ += line;
        begin = next;
    }
    out_.append("X-Forwarded-For: 127.0.0.1\r\nX-User-Id: ").append(*user).append("\r\n\r\n").append(body);
    auto const length = number(field(head, "Content-Length").value_or("0"));
    client.body_left = length - std::min<std::uint64_t>(length, body.size());
    client.head.clear();
    return send(*client.peer, out_);
}

std::string const* Relay::user_of(std::string_view head) {
    constexpr std::string_view bearer = "Bearer ";
    auto const sent = field(head, "Authorization");
    if (!sent || !sent->starts_with(bearer)) return nullptr;
    std::string const token(sent->substr(bearer.size()));
    auto found = known_.find(token);
    if (found == known_.end()) {
        auto checked = verified(token);
        if (!checked) return nullptr;
        found = known_.emplace(token, std::move(*checked)).first;
    }
    return std::time(nullptr) < found->second.expires_at ? &found->second.user_id : nullptr;
}

std::optional<Known> Relay::verified(std::string_view token) const {
    auto const dot = token.rfind('.');
    if (!token.starts_with(token_header) || dot <= token_header.size()) return std::nullopt;
    std::array<unsigned char, 32> digest;
    HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
         reinterpret_cast<unsigned char const*>(token.data()), dot, digest.data(), nullptr);
    if (decoded(token.substr(dot + 1)) != std::string_view(reinterpret_cast<char const*>(digest.data()), digest.size()))
        return std::nullopt;
    auto const payload = decoded(token.substr(token_header.size() + 1, dot - token_header.size() - 1));
    std::string_view const claims = payload;
    constexpr std::string_view subject = "\"sub\":\"", expiry = "\"exp\":";
    auto const user = claims.find(subject), until = claims.find(expiry);
    if (user == claims.npos || until == claims.npos) return std::nullopt;
    auto const id = claims.substr(user + subject.size());
    return Known{.user_id = std::string(id.substr(0, id.find('"'))),
                 .expires_at = static_cast<std::time_t>(number(claims.substr(until + expiry.size())))};
}

// False: it is gone. What cannot be sent waits here, and the other end is not read from until it is sent.
bool Relay::send(End& to, std::string_view bytes) {
    bool const is_late = !to.waiting.empty();
    if (is_late) to.waiting += bytes;
    std::string_view rest = is_late ? std::string_view(to.waiting) : bytes;
    while (!rest.empty()) {
        auto const sent = ::send(to.descriptor, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
        if (sent < 0) break;
        rest.remove_prefix(static_cast<std::size_t>(sent));
    }
    to.waiting = std::string(rest);
    to.peer->is_paused = !to.waiting.empty();
    if (is_late || to.peer->is_paused) watch(to), watch(*to.peer);
    return true;
}

void Relay::watch(End& end) {
    epoll_event event{.events = 0, .data = {.ptr = &end}};
    if (!end.is_paused) event.events |= EPOLLIN;
    if (!end.waiting.empty()) event.events |= EPOLLOUT;
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, end.descriptor, &event);
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) return std::fprintf(stderr, "bench_relay PORT SERVICE_PORT SECRET\n"), 2;
    std::signal(SIGPIPE, SIG_IGN);
    Relay(static_cast<std::uint16_t>(number(arguments[1])), static_cast<std::uint16_t>(number(arguments[2])),
          arguments[3])
        .run();
}
