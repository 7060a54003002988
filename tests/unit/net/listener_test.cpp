#include "net/listener.hpp"

#include "support/socket.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tollgate::listener_test {
using net::Listener;

namespace {

struct Fixture {
    net::Worker worker{0};
    boost::asio::ip::tcp::endpoint endpoint = Listener::free_endpoint("127.0.0.1", 0).value();
    std::uint16_t port = endpoint.port();
    std::shared_ptr<Listener> listener = Listener::bind(worker, endpoint).value();
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "whoever has connected before a listener closes is taken, nobody after that") {
    std::size_t taken = 0;
    listener->start([&](Descriptor, std::string const&) { ++taken; });
    std::vector<testing::Socket> clients;
    for (int i = 0; i < 5; ++i) clients.push_back(testing::Socket::connect(port));
    listener->close();
    CHECK(taken == clients.size());
    CHECK_THROWS(testing::Socket::connect(port));
    worker.loop().turn(net::EventLoop::Waiting::no);
    listener->close();
    CHECK(taken == clients.size());
}

TEST_CASE_FIXTURE(Fixture, "connections that wait are taken one in a turn, with the addresses of their peers") {
    std::vector<Descriptor> taken;
    std::vector<std::string> peers;
    listener->start([&](Descriptor connected, std::string peer) {
        taken.push_back(std::move(connected));
        peers.push_back(std::move(peer));
    });
    std::vector<testing::Socket> clients;
    for (int i = 0; i < 5; ++i) clients.push_back(testing::Socket::connect(port));
    std::vector<std::size_t> by_turn;
    while (taken.size() < clients.size() && by_turn.size() < clients.size()) {
        worker.loop().turn(net::EventLoop::Waiting::no);
        by_turn.push_back(taken.size());
    }
    CHECK(by_turn == std::vector<std::size_t>{1, 2, 3, 4, 5});
    CHECK(peers == std::vector<std::string>(clients.size(), "127.0.0.1"));
    worker.loop().turn(net::EventLoop::Waiting::no);  // nobody waits
    clients.push_back(testing::Socket::connect(port));
    worker.loop().turn(net::EventLoop::Waiting::no);
    CHECK(taken.size() == 6);
    listener->close();
}

}  // namespace tollgate::listener_test
