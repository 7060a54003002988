#include "server/http_get.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <doctest/doctest.h>

#include <future>
#include <string>
#include <thread>

namespace tollgate::http_get_test {
using namespace tollgate::server;
namespace asio = boost::asio;

namespace {

// Accepts one connection, reads a head, answers with `bytes` and, when these are all, closes; else waits until the
// client has gone.
class OneAnswer {
public:
    enum class Then { close, wait };

    OneAnswer(std::string bytes, Then then) : acceptor_(context_, {asio::ip::address_v4::loopback(), 0}) {
        thread_ = std::thread([this, bytes = std::move(bytes), then] {
            auto socket = acceptor_.accept();
            asio::read_until(socket, asio::dynamic_buffer(received_), "\r\n\r\n");
            boost::system::error_code gone;
            asio::write(socket, asio::buffer(bytes), gone);
            std::string rest;
            if (then == Then::wait) asio::read(socket, asio::dynamic_buffer(rest), gone);
        });
    }
    ~OneAnswer() { thread_.join(); }

    std::expected<Got, std::string> got(std::chrono::milliseconds deadline = std::chrono::seconds(10),
                                        std::size_t most_bytes = 1024) {
        return http_get({.server = {.host = "127.0.0.1", .port = port()},
                         .target = "/x?y",
                         .deadline = deadline,
                         .most_bytes = most_bytes});
    }
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    std::string received() {
        thread_.join();
        thread_ = std::thread([] {});
        return received_;
    }

private:
    asio::io_context context_;
    asio::ip::tcp::acceptor acceptor_;
    std::string received_;
    std::thread thread_;
};

}  // namespace

TEST_CASE("a GET brings status and body") {
    OneAnswer server("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok", OneAnswer::Then::wait);
    auto const got = server.got();
    REQUIRE(got);
    CHECK(got->status == 201);
    CHECK(got->body == "ok");
    CHECK(server.received() == "GET /x?y HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                                   "\r\nUser-Agent: tollgate\r\nConnection: close\r\n\r\n");
}

TEST_CASE("a body that ends with the connection, or is chunked, is read too") {
    CHECK(OneAnswer("HTTP/1.0 200 OK\r\n\r\nall of it", OneAnswer::Then::close).got()->body == "all of it");
    CHECK(OneAnswer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", OneAnswer::Then::wait)
              .got()
              ->body == "abc");
}

TEST_CASE("a body over the limit is refused") {
    auto const announced = OneAnswer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde", OneAnswer::Then::wait)
                               .got(std::chrono::seconds(10), 4);
    REQUIRE_FALSE(announced);
    CHECK(announced.error() == "body limit exceeded");
    auto const endless =
        OneAnswer("HTTP/1.0 200 OK\r\n\r\nabcde", OneAnswer::Then::wait).got(std::chrono::seconds(10), 4);
    REQUIRE_FALSE(endless);
    CHECK(endless.error() == "body limit exceeded");
}

TEST_CASE("a server that does not finish is given up at the deadline") {
    auto const got = OneAnswer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", OneAnswer::Then::wait)
                         .got(std::chrono::milliseconds(50));
    REQUIRE_FALSE(got);
    CHECK(got.error() == "no answer in time");
}

TEST_CASE("what is refused, cut or nonsense is an error") {
    CHECK_FALSE(OneAnswer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", OneAnswer::Then::close).got());
    CHECK_FALSE(OneAnswer("220 mail.example.com ESMTP\r\n", OneAnswer::Then::wait).got());
    std::uint16_t const closed = [] {
        asio::io_context context;
        return asio::ip::tcp::acceptor(context, {asio::ip::address_v4::loopback(), 0}).local_endpoint().port();
    }();
    auto const refused = http_get({.server = {.host = "127.0.0.1", .port = closed},
                                   .target = "/",
                                   .deadline = std::chrono::seconds(5),
                                   .most_bytes = 10});
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == "Connection refused");
}

}  // namespace tollgate::http_get_test
