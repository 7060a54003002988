// The prober by itself, beside the thread that tells it whom to ask.
#include "upstream/prober.hpp"
#include "base/log.hpp"
#include "support/origin.hpp"
#include "upstream/servers.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace tollgate::prober_test {
using namespace tollgate::testing;
using upstream::Cluster;
using upstream::Prober;

namespace {

// As many servers as `ports` has, all well but for what the prober says.
std::shared_ptr<Cluster> cluster_of(upstream::Servers& known, std::vector<std::uint16_t> const& ports,
                                    std::string const& path) {
    settings::Upstream upstream{.name = "ai", .health = {.path = path, .unhealthy_after = 1}};
    std::vector<std::shared_ptr<upstream::Server>> servers;
    for (auto const port : ports) {
        upstream.servers.push_back({.host = "127.0.0.1", .port = port});
        servers.push_back(known.at("ai", upstream.servers.back().authority()));
    }
    return std::make_shared<Cluster>(std::move(upstream), std::move(servers), 1);
}

void spin_for(std::chrono::microseconds time) {
    auto const until = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < until) {
    }
}

}  // namespace

TEST_CASE("what a question that is under way finds out does not outlive the questions") {
    std::atomic<int> answers = 0;
    Origin origin([&answers](Origin&, Socket& socket) {
        (void)socket.read_head();
        ++answers;
        socket.send("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n");
    });
    net::Resolver resolver;
    upstream::Servers servers;
    auto const asked = cluster_of(servers, {origin.port()}, "/healthz");
    std::vector<std::shared_ptr<Cluster>> unasked{cluster_of(servers, {origin.port()}, "")};
    // More that nobody asks, so that it takes a while to tell the prober, and the answer comes meanwhile.
    unasked.resize(1000, cluster_of(servers, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, ""));
    auto const& server = *asked->servers()[0];
    auto const is_up = [&server] {
        return server.standing(std::chrono::steady_clock::now()) == upstream::Server::Standing::up;
    };
    log::set_level(log::Level::error);
    {
        Prober prober(resolver, 1);
        for (int round = 0; round < 40; ++round) {
            auto const before = answers.load();
            prober.watch({asked});
            for (int tries = 0; tries < 100'000 && answers == before; ++tries) spin_for(std::chrono::microseconds(10));
            prober.watch(unasked);
            ::usleep(5'000);  // the answer has come by now
            for (int tries = 0; tries < 100 && !is_up(); ++tries) ::usleep(10'000);
            CAPTURE(round);
            CHECK(is_up());
            if (!is_up()) break;
        }
    }
    log::set_level(log::Level::info);
}

}  // namespace tollgate::prober_test
