#include "fuzz/world.hpp"

#include "builtin.hpp"
#include "proxy/connection.hpp"
#include "settings/env.hpp"
#include "support/fake_services.hpp"
#include "support/signed_token.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace tollgate::fuzz {
namespace {

constexpr int most_turns = 1000;
constexpr std::string_view address = "192.0.2.1";

// The service's port is one that refuses: a second attempt finds nobody. X-Way tells which route was taken.
constexpr std::string_view configuration = R"(
listen: 127.0.0.1:0
upstreams: {ai: "http://127.0.0.1:1"}
limits: {head: 4KiB, fields: 50, target: 1KiB, body: 8KiB}
routes:
  - {path: "/open/*", upstream: ai, protected: false, body_limit: 1KiB, set_headers: {X-Way: open}}
  - {path: "/api/*", upstream: ai, strip_prefix: /api, trailers: [X-Sum], set_headers: {X-Way: guarded, X-Key: secret}}
  - {path: "/*", methods: [GET, POST], upstream: ai, set_headers: {X-Way: guarded}}
plugins:
  cors: {origins: ["https://a.example"], headers: [Content-Type, "X-A*"]}
  auth:
    tokens: {secret: "${KEY}"}
)";

std::shared_ptr<proxy::Generation> generation(plugin::Services& services) {
    settings::Environment const environment(
        [](std::string const& name) {
            return name == "KEY" ? std::optional(std::string(testing::test_key)) : std::nullopt;
        },
        {});
    auto loaded = settings::load_text(configuration, "world.yaml", environment);
    if (!loaded) throw std::runtime_error(loaded.error().front().line());
    auto made = proxy::Generation::create(std::move(*loaded), builtin_plugins(), services);
    if (!made) throw std::runtime_error(made.error().front().line());
    if (auto const opened = (*made)->open(); !opened) throw std::runtime_error(opened.error());
    return *made;
}

// A socket pair: the peer's end, and the gateway's.
std::pair<Peer, Descriptor> connected() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
        throw std::runtime_error("no descriptor is left");
    return {Peer(ends[0]), Descriptor(ends[1])};
}

}  // namespace

Peer::Peer(Peer&& other) noexcept
    : received(std::move(other.received)), descriptor_(std::exchange(other.descriptor_, -1)) {}

Peer& Peer::operator=(Peer&& other) noexcept {
    std::swap(received, other.received);
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

// What does not fit into the socket's buffer is lost, as if the peer had stopped there.
void Peer::send(std::string_view bytes) {
    if (descriptor_ >= 0 && !bytes.empty()) (void)::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

bool Peer::receive() {
    std::array<char, 16 * 1024> bytes;
    auto const count = descriptor_ < 0 ? 0 : ::recv(descriptor_, bytes.data(), bytes.size(), 0);
    if (count > 0) received.append(bytes.data(), static_cast<std::size_t>(count));
    return count > 0;
}

void Peer::finish_sending() {
    if (descriptor_ >= 0) ::shutdown(descriptor_, SHUT_WR);
}

void Peer::close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

struct World::Parts {
    int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    testing::FakeServices services;
    net::ConnectionLimit connections;
    Reminder proxy_faults;
    proxy::LogWriter log{nowhere, 1};
    net::Worker worker{0};
    net::Resolver resolver;
    proxy::WorkerState state{worker, {resolver, log, services, proxy_faults}};
    std::shared_ptr<proxy::Generation> current = generation(services);

    Parts() { connections.set(1, 1); }
    Parts(Parts const&) = delete;
    Parts& operator=(Parts const&) = delete;
    ~Parts() { ::close(nowhere); }
};

World::World() : parts_(std::make_unique<Parts>()) {}
World::~World() = default;

Play World::begin() {
    auto& [nowhere, services, connections, proxy_faults, log, worker, resolver, state, current] = *parts_;
    state.adopt(current);  // what an earlier play left in the pool goes
    Play play;
    for (auto at = play.origins.rbegin(); at != play.origins.rend(); ++at) {
        auto [peer, socket] = connected();
        *at = std::move(peer);
        auto stream = std::make_unique<net::Stream>(worker, std::move(socket));
        state.pool(*current, 0, 0)->keep(std::make_unique<upstream::Connection>(worker, std::move(stream)));
    }
    auto [peer, socket] = connected();
    play.client = std::move(peer);
    auto place = connections.enter(address);
    if (!place) throw std::runtime_error("an earlier connection still has its place");
    auto connection =
        std::make_unique<proxy::Connection>(state, std::move(socket), std::string(address), std::move(place));
    proxy::Connection::serve(std::move(connection));
    return play;
}

void World::pump(Play& play) {
    for (int turn = 0; turn < most_turns; ++turn) {
        parts_->worker.poll();
        bool moved = play.client.receive();
        for (std::size_t i = 0; i < play.origins.size(); ++i) {
            if (!play.origins[i].receive()) continue;
            play.speaking = i;
            moved = true;
        }
        if (!moved) return;
    }
}

bool World::end(Play& play) {
    pump(play);
    for (auto& origin : play.origins) origin.close();
    pump(play);
    play.client.close();
    pump(play);
    return parts_->connections.count() == 0;
}

}  // namespace tollgate::fuzz
