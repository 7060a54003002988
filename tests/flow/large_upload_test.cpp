// Large bodies of requests, which go by a pipe of the kernel where nobody has to look at them: to the byte, and with
// the same ends as small ones.
#include "support/bulk.hpp"
#include "support/gateway.hpp"
#include "support/origin.hpp"
#include "support/pipes.hpp"
#include "support/text.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <unistd.h>

#include <future>
#include <string>
#include <thread>

namespace tollgate::large_upload_test {
using namespace tollgate::testing;

namespace {

constexpr char const* routes =
    "  - {path: /up, upstream: ai, protected: false, body_limit: 1GiB}\n"
    "  - {path: /soon, upstream: ai, protected: false, body_limit: 1GiB, timeouts: {gap: 300ms, first_byte: 300ms}}\n"
    "  - {path: /little, upstream: ai, protected: false, body_limit: 1MiB}\n";

std::string post(std::size_t length, std::string const& path = "/up") {
    return fmt::format("POST {} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", path, length);
}

}  // namespace

TEST_CASE("large uploads go whole by a pipe, and the requests behind them are not part of them") {
    auto const body = bulk(3 * MiB + 17);
    auto const pipes = pipe_ends();
    Origin origin(Origin::always(ok("thanks")));
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send(post(body.size()) + body + post(4) + "tiny" + post(body.size()) + body);
    for (int i = 0; i < 3; ++i) CHECK(client.read_message().ends_with("\r\n\r\nthanks"));
    auto const received = origin.received();
    REQUIRE(received.size() == 3);
    CHECK((body_of(received[0]) == body));
    CHECK(body_of(received[1]) == "tiny");
    CHECK((body_of(received[2]) == body));
    CHECK(origin.connections() == 1);
    CHECK(pipe_ends() == pipes + 2);  // one, used again
    auto const lines = gateway.log(3);
    REQUIRE(lines.size() == 3);
    CHECK(contains(lines[0], fmt::format("\"bytes_received\":{}", body.size())));
    CHECK(contains(lines[1], "\"bytes_received\":4,"));
}

TEST_CASE("a large upload comes back as it went") {
    auto const body = bulk(8 * MiB);
    Origin origin([](Origin& from, Socket& socket) {
        for (std::string message; !(message = from.receive(socket)).empty();) socket.send(ok(body_of(message)));
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    for (int i = 0; i < 2; ++i) {
        client.send(post(body.size()) + body);
        CHECK((body_of(client.read_message()) == body));
    }
    CHECK(origin.connections() == 1);
}

TEST_CASE("an answer within a large upload is delivered, and both connections end") {
    auto const body = bulk(2 * MiB);
    Origin origin([](Origin&, Socket& socket) {
        socket.read_head();
        socket.read_exactly(MiB);
        socket.send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig");
        socket.read_to_end();
    });
    auto const pipes = pipe_ends();
    Gateway gateway(origin.port(), {.routes = routes});
    for (std::size_t i = 1; i <= 2; ++i) {
        auto client = gateway.connect();
        client.send(post(64 * MiB) + body);
        auto const answer = client.read_to_end();
        CHECK(answer.starts_with("HTTP/1.1 413 Too Large\r\n"));
        CHECK(answer.ends_with("\r\n\r\nbig"));
        CHECK(origin.connections() == i);  // nobody knows where on the first one the next request would begin
    }
    CHECK(pipe_ends() > pipes);
    auto const lines = gateway.log(2);
    REQUIRE(lines.size() == 2);
    for (auto const& line : lines) CHECK(contains(line, "\"status\":413"));
}

TEST_CASE("a service that ends within a large upload is 502, or what it had said") {
    for (bool const answers : {false, true}) {
        CAPTURE(answers);
        Origin origin([&](Origin&, Socket& socket) {
            socket.read_head();
            socket.read_exactly(MiB);
            if (answers) socket.send("HTTP/1.1 507 Full\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfull");
            if (answers) socket.finish_sending();
            else socket.reset();
            if (answers) ::usleep(50'000);
        });
        Gateway gateway(origin.port(), {.routes = routes});
        auto client = gateway.connect();
        std::thread sender([&] {
            client.try_send(post(64 * MiB));
            while (client.try_send(std::string(64 * 1024UL, 'x'))) {
            }
        });
        auto const line = gateway.logged();
        CHECK(contains(line, answers ? "\"status\":507" : "\"status\":502"));
        client.shut_down();
        sender.join();
    }
}

TEST_CASE("a client that leaves within a large upload ends the request at the service") {
    for (bool const resets : {false, true}) {
        CAPTURE(resets);
        auto const part = bulk(2 * MiB);
        auto const pipes = pipe_ends();
        std::promise<std::string> got;
        std::promise<void> heard;
        Origin origin([&](Origin&, Socket& socket) {
            socket.read_head();
            auto all = socket.read_exactly(part.size());
            heard.set_value();
            all += socket.read_to_end();
            got.set_value(std::move(all));
        });
        Gateway gateway(origin.port(), {.routes = routes});
        auto client = gateway.connect();
        client.send(post(64 * MiB) + part);
        heard.get_future().get();
        if (resets) client.reset();
        else client.close();
        CHECK((got.get_future().get() == part));
        CHECK(pipe_ends() > pipes);
        auto const line = gateway.logged();
        CHECK(contains(line, "\"status\":499"));
        CHECK(contains(line, "\"reason\":\"client_gone\""));
        CHECK(contains(line, fmt::format("\"bytes_received\":{}", part.size())));
    }
}

TEST_CASE("a client that falls silent within a large upload is 408") {
    auto const part = bulk(2 * MiB);
    auto const pipes = pipe_ends();
    Origin origin([](Origin&, Socket& socket) {
        socket.read_head();
        socket.read_to_end();
    });
    Gateway gateway(origin.port(), {.routes = routes, .further = "timeouts: {stall: 300ms}\n"});
    auto client = gateway.connect();
    client.send(post(64 * MiB) + part);
    CHECK(client.read_message().starts_with("HTTP/1.1 408 "));
    CHECK(pipe_ends() > pipes);
    CHECK(contains(gateway.logged(), "\"reason\":\"request_timeout\""));
}

TEST_CASE("a service that takes no more of a large upload holds the client back") {
    std::promise<void> over;
    auto waiting = over.get_future();
    Origin origin([&](Origin&, Socket& socket) {
        socket.read_head();
        waiting.wait();
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send(post(1024 * MiB, "/soon"));
    std::size_t sent = 0;
    std::string const block(64 * 1024UL, 'x');
    std::thread sender([&] {
        while (client.try_send(block)) sent += block.size();
    });
    auto const line = gateway.logged();
    client.shut_down();
    sender.join();
    over.set_value();
    CHECK(sent < 64 * MiB);
    CHECK(contains(line, "\"reason\":\"upstream_timeout\""));
}

TEST_CASE("a large upload beyond the limit of its route is 413 before a byte of it goes up") {
    auto const pipes = pipe_ends();
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes});
    CHECK(gateway.ask(post(2 * MiB, "/little") + std::string(1000, 'x')).starts_with("HTTP/1.1 413 "));
    CHECK(origin.connections() == 0);
    CHECK(pipe_ends() == pipes);
}

TEST_CASE("a plugin that observes requests sees every byte of a large one: then there is no pipe") {
    auto const body = bulk(3 * MiB);
    auto const pipes = pipe_ends();
    Origin origin(Origin::always(ok("thanks")));
    Gateway gateway(
        origin.port(),
        {.routes = routes, .plugin_blocks = "  observer: {}\n", .plugins = {plugin::plugin_type<Observer>()}});
    Observer::requests = 0;
    CHECK(gateway.ask(post(body.size()) + body).ends_with("\r\n\r\nthanks"));
    CHECK(Observer::requests == body.size());
    CHECK((body_of(origin.received().at(0)) == body));
    CHECK(pipe_ends() == pipes);
}

}  // namespace tollgate::large_upload_test
