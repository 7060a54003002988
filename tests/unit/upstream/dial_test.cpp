#include "upstream/dial.hpp"

#include "support/await_on_worker.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>

namespace tollgate::dial_test {
using namespace std::chrono_literals;

TEST_CASE("an exchange that ended while the name was looked up opens no connection") {
    int const listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listening, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listening, 4) == 0);
    REQUIRE(::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size) == 0);

    net::Worker worker{0};
    net::Resolver resolver;
    settings::Server const server{.host = "127.0.0.1", .port = ntohs(address.sin_port)};
    upstream::ConnectionPtr connection;
    errc ended{};
    auto const dialled =
        testing::await(worker, upstream::dial(worker, resolver, {server, nullptr}, 1s, ended, connection));
    CHECK(dialled);
    CHECK(connection);

    connection.reset();
    ended = errc::client_gone;
    auto const late =
        testing::await(worker, upstream::dial(worker, resolver, {server, nullptr}, 1s, ended, connection));
    REQUIRE_FALSE(late);
    CHECK(late.error() == errc::client_gone);
    CHECK_FALSE(connection);
    ::close(listening);
}

}  // namespace tollgate::dial_test
