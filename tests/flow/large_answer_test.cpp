// Large answers, which go by a pipe of the kernel where nobody has to look at them: to the byte, and with the same ends
// as small ones.
#include "support/bulk.hpp"
#include "support/eventually.hpp"
#include "support/gateway.hpp"
#include "support/no_descriptors.hpp"
#include "support/origin.hpp"
#include "support/pipes.hpp"
#include "support/text.hpp"
#include "support/tls.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <unistd.h>

#include <atomic>
#include <functional>
#include <future>
#include <optional>
#include <string>

namespace tollgate::large_answer_test {
using namespace tollgate::testing;

namespace {

constexpr char const* routes = "  - {path: /open, upstream: ai, protected: false, timeouts: {gap: 300ms}}\n";
constexpr char const* get = "GET /open HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr char const* get_1_0 = "GET /open HTTP/1.0\r\nHost: a\r\n\r\n";

std::string head_of(std::size_t length) { return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", length); }

// Says `answer` to the first request on each connection, then does what `after` says.
Origin::Script say(std::string answer, std::function<void(Socket&)> after = {}) {
    return [answer = std::move(answer), after = std::move(after)](Origin& from, Socket& socket) {
        from.receive(socket);
        socket.send(answer);
        if (after) after(socket);
    };
}

}  // namespace

TEST_CASE("large answers come whole by a pipe, one after the other on the same two connections") {
    auto const body = bulk(3 * MiB + 17);
    auto const pipes = pipe_ends();
    Origin origin(Origin::always(ok(body)));
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    for (int i = 0; i < 3; ++i) {
        client.send(get);
        auto const answer = client.read_message();
        CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
        CHECK((body_of(answer) == body));
    }
    CHECK(origin.connections() == 1);
    CHECK(pipe_ends() == pipes + 2);  // one, used again
    for (auto const& line : gateway.log(3)) {
        CHECK(contains(line, fmt::format("\"bytes_sent\":{}", body.size())));
        CHECK(contains(line, "\"ending\":\"complete\""));
    }
}

TEST_CASE("what a service says beyond the length of a large answer reaches nobody") {
    auto const body = bulk(2 * MiB);
    auto const pipes = pipe_ends();
    Origin origin([&](Origin& from, Socket& socket) {
        while (!from.receive(socket).empty()) socket.send(head_of(body.size()) + body + ok("forged"));
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    for (int i = 0; i < 3; ++i) {
        client.send(get);
        CHECK((body_of(client.read_message()) == body));
    }
    CHECK(origin.connections() == 3);
    CHECK(pipe_ends() > pipes);
}

TEST_CASE("a large answer that the service breaks off never looks like an end") {
    for (bool const resets : {false, true}) {
        for (auto const* const request : {get, get_1_0}) {
            CAPTURE(resets);
            CAPTURE(request);
            auto const part = bulk(2 * MiB);
            auto const pipes = pipe_ends();
            std::promise<void> heard;
            auto waiting = heard.get_future();
            Origin origin(say(head_of(3 * MiB) + part, [&](Socket& socket) {
                waiting.wait();
                if (resets) socket.reset();
                else socket.close();
            }));
            Gateway gateway(origin.port(), {.routes = routes});
            auto client = gateway.connect();
            client.send(request);
            client.read_head();
            CHECK((client.read_exactly(part.size()) == part));
            heard.set_value();
            CHECK(client.read_to_end().empty());
            CHECK(pipe_ends() > pipes);
            auto const line = gateway.logged();
            CHECK(contains(line, "\"ending\":\"upstream_failed\""));
            CHECK(contains(line, fmt::format("\"bytes_sent\":{}", part.size())));
        }
    }
}

TEST_CASE("a large answer that ends with its connection goes by a pipe to an old client, and in chunks to a new one") {
    auto const body = bulk(3 * MiB);
    Origin origin(say("HTTP/1.1 200 OK\r\n\r\n" + body, [](Socket& socket) { socket.close(); }));
    Gateway gateway(origin.port(), {.routes = routes});
    auto const pipes = pipe_ends();
    auto const chunked = gateway.ask(get);
    CHECK(contains(chunked, "Transfer-Encoding: chunked\r\n"));
    CHECK(chunked.ends_with("\r\n0\r\n\r\n"));
    CHECK(pipe_ends() == pipes);
    auto old = gateway.connect();
    old.send(get_1_0);
    auto const closed = old.read_to_end();
    CHECK(contains(closed.substr(0, 300), "Connection: close\r\n"));
    CHECK((body_of(closed) == body));
    CHECK(pipe_ends() > pipes);
}

TEST_CASE("an old client sees an error where a large answer without a length breaks off") {
    auto const part = bulk(2 * MiB);
    std::promise<void> heard;
    auto waiting = heard.get_future();
    Origin origin(say("HTTP/1.1 200 OK\r\n\r\n" + part, [&](Socket& socket) {
        waiting.wait();
        socket.reset();
    }));
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send(get_1_0);
    client.read_head();
    CHECK((client.read_exactly(part.size()) == part));
    heard.set_value();
    CHECK(client.breaks());
    CHECK(contains(gateway.logged(), "\"ending\":\"upstream_failed\""));
}

TEST_CASE("a service that falls silent within a large answer is waited for as long as within a small one") {
    auto const part = bulk(2 * MiB);
    auto const pipes = pipe_ends();
    Origin origin(say(head_of(3 * MiB) + part, [](Socket& socket) { socket.read_to_end(); }));
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send(get);
    client.read_head();
    CHECK((client.read_to_end() == part));
    CHECK(pipe_ends() > pipes);
    auto const line = gateway.logged();
    CHECK(contains(line, "\"reason\":\"upstream_timeout\""));
    CHECK(contains(line, "\"ending\":\"timed_out\""));
}

TEST_CASE("a client that takes no more of a large answer holds the service back, is cut in time, and leaves nothing") {
    std::promise<std::size_t> taken;
    auto const pipes = pipe_ends();
    auto const next = bulk(3 * MiB);
    std::atomic<int> asked{0};
    Origin origin([&](Origin& from, Socket& socket) {
        from.receive(socket);
        if (asked++ > 0) return socket.send(ok(next));
        socket.send(head_of(1024 * MiB));
        std::string const block(64 * 1024UL, 'x');
        std::size_t sent = 0;
        while (sent < 1024 * MiB && socket.try_send(block)) sent += block.size();
        taken.set_value(sent);
    });
    Gateway gateway(origin.port(), {.routes = routes, .further = "timeouts: {stall: 500ms}\n"});
    auto client = gateway.connect();
    client.send(get);
    auto const line = gateway.logged();
    CHECK(contains(line, "\"reason\":\"client_stalled\""));
    CHECK(contains(line, "\"ending\":\"timed_out\""));
    CHECK(taken.get_future().get() < 64 * MiB);
    CHECK((body_of(gateway.ask(get)) == next));  // and not what the pipe still held
    CHECK(eventually([&] { return pipe_ends() == pipes; }));
}

TEST_CASE("a client that leaves within a large answer ends the request at the service") {
    for (bool const resets : {false, true}) {
        CAPTURE(resets);
        std::promise<void> ended;
        Origin origin([&](Origin& from, Socket& socket) {
            from.receive(socket);
            socket.send(head_of(1024 * MiB));
            while (socket.try_send(std::string(64 * 1024UL, 'x'))) {
            }
            ended.set_value();
        });
        Gateway gateway(origin.port(), {.routes = routes});
        auto client = gateway.connect();
        client.send(get);
        client.read_exactly(4 * MiB);
        if (resets) client.reset();
        else client.close();
        ended.get_future().get();
        CHECK(contains(gateway.logged(), "\"ending\":\"client_gone\""));
    }
}

TEST_CASE("a plugin that observes answers sees every byte of a large one: then there is no pipe") {
    auto const body = bulk(3 * MiB);
    auto const pipes = pipe_ends();
    Origin origin(Origin::always(ok(body)));
    Gateway gateway(
        origin.port(),
        {.routes = routes, .plugin_blocks = "  observer: {}\n", .plugins = {plugin::plugin_type<Observer>()}});
    Observer::responses = 0;
    CHECK((body_of(gateway.ask(get)) == body));
    CHECK(Observer::responses == body.size());
    CHECK(pipe_ends() == pipes);
}

TEST_CASE("a large answer in chunks comes whole") {
    auto const body = bulk(3 * MiB);
    std::string chunks;
    for (std::size_t at = 0; at < body.size(); at += 10'000) {
        auto const piece = body.substr(at, 10'000);
        chunks += fmt::format("{:x}\r\n", piece.size()) + piece + "\r\n";
    }
    Origin origin(Origin::always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n"));
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    for (int i = 0; i < 2; ++i) {
        client.send(get);
        client.read_head();
        std::string got;
        for (;;) {
            auto const size = std::stoul(client.read_until("\r\n"), nullptr, 16);
            got += client.read_exactly(size);
            client.read_exactly(2);
            if (size == 0) break;
        }
        CHECK((got == body));
    }
    CHECK(origin.connections() == 1);
}

TEST_CASE("where one side speaks TLS a large answer is read and written") {
    auto const body = bulk(3 * MiB);
    auto const authority = certify("authority.example");
    auto const own = certify("127.0.0.1", &authority);
    TempFolder folder;
    write_pair(folder, "own", own);
    auto const ca = folder.write("ca.pem", authority.certificate).string();
    TlsServer tls({.own = own});
    auto const pipes = pipe_ends();
    Origin plain(Origin::always(ok(body)));
    Origin sealed([&](Origin& self, Socket& socket) {
        auto peer = tls.accept(std::move(socket));
        while (!self.receive(peer).empty()) peer.send(ok(body));
    });
    auto const file = (folder.path() / "own").string();
    Gateway to_client(plain.port(), {.routes = routes,
                                     .listen = "[{address: '127.0.0.1:0', tls: {certificates: [{certificate: " + file +
                                               ".pem, key: " + file + ".key}]}}]"});
    TlsSocket client(to_client.port());
    client.send(get);
    CHECK((body_of(client.read_message()) == body));
    Gateway to_service(
        plain.port(),
        {.routes = "  - {path: /open, upstream: sealed, protected: false}\n",
         .upstreams = fmt::format("  sealed: {{url: 'https://127.0.0.1:{}', tls: {{ca: {}}}}}\n", sealed.port(), ca)});
    CHECK((body_of(to_service.ask(get)) == body));
    CHECK(pipe_ends() == pipes);
}

TEST_CASE("without a descriptor for a pipe a large answer is read and written") {
    auto const body = bulk(3 * MiB);
    std::promise<void> none_left;
    auto waiting = none_left.get_future();
    auto const pipes = pipe_ends();
    Origin origin([&](Origin& from, Socket& socket) {
        from.receive(socket);
        socket.send(head_of(body.size()));
        waiting.wait();
        socket.send(body);
    });
    Gateway gateway(origin.port(), {.routes = "  - {path: /open, upstream: ai, protected: false}\n"});
    auto client = gateway.connect();
    client.send(get);
    client.read_head();
    std::optional<NoDescriptors> out_of_them(std::in_place);
    none_left.set_value();
    auto const got = client.read_exactly(body.size());
    out_of_them.reset();
    CHECK((got == body));
    CHECK(pipe_ends() == pipes);
}

TEST_CASE("a drain cuts a large answer that nobody takes") {
    Origin origin([&](Origin& from, Socket& socket) {
        from.receive(socket);
        socket.send(head_of(1024 * MiB));
        while (socket.try_send(std::string(64 * 1024UL, 'x'))) {
        }
    });
    auto const pipes = pipe_ends();
    {
        Gateway gateway(origin.port(), {.routes = routes});
        auto client = gateway.connect();
        client.send(get);
        client.read_exactly(4 * MiB);
        CHECK(pipe_ends() > pipes);
        gateway.stop();
        CHECK(contains(gateway.logged(), "\"ending\":\"drained\""));
    }
    CHECK(pipe_ends() == pipes);
}

}  // namespace tollgate::large_answer_test
