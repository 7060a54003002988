// What meets in one turn of the loop: a hook holds the worker until all of it has come, and then it is heard at once,
// what came first before the rest.
#include "support/eventually.hpp"
#include "support/gateway.hpp"
#include "support/origin.hpp"
#include "support/text.hpp"

#include <doctest/doctest.h>

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::turn_test {
using namespace tollgate::testing;

namespace {

std::atomic<plugin::Services*> services{nullptr};  // of the gateway under test
std::atomic<bool> holding{false};                  // the worker stands still
std::atomic<bool> let_go{false};                   // it shall no longer

class Holder final : public plugin::RequestHook {
public:
    static constexpr std::string_view name = "holder";
    static constexpr std::string_view summary = "for tests";

    static settings::Checked<std::unique_ptr<Holder>> make(plugin::Setup& setup) {
        services = &setup.services;
        return std::make_unique<Holder>();
    }
    plugin::Verdict on_request(plugin::Exchange& exchange) const override {
        if (exchange.target.path != "/hold") return plugin::Verdict::pass();
        holding = true;
        for (int tries = 0; tries < 10'000 && !let_go; ++tries) ::usleep(1'000);
        return plugin::Verdict::answer(http::Reply{.status = 204});
    }
};

std::array<std::atomic<int>, 2> watched{};        // clients' descriptors
std::array<std::atomic<int>, 2> had_something{};  // of them, when the first and when the other event came
std::atomic<std::size_t> events{0};

// Looks at the clients whenever an event comes that is for one of them. What was sent may take a while to be there.
class Onlooker final : public plugin::ResponseBodyHook {
public:
    static constexpr std::string_view name = "onlooker";
    static constexpr std::string_view summary = "for tests";

    static settings::Checked<std::unique_ptr<Onlooker>> make(plugin::Setup&) { return std::make_unique<Onlooker>(); }
    plugin::Flow on_response_body(plugin::Exchange&, plugin::Chunk chunk) const override {
        if (std::string_view(chunk.data(), chunk.size()).contains("data: watched") && events < had_something.size()) {
            std::array<pollfd, 2> clients{pollfd{watched[0], POLLIN, 0}, pollfd{watched[1], POLLIN, 0}};
            had_something[events] = ::poll(clients.data(), clients.size(), events == 0 ? 0 : 2'000);
            ++events;
        }
        return plugin::Flow::go;
    }
};

GatewayOptions with_holder(std::string const& routes) {
    return {.routes = "  - {path: /hold, upstream: ai, protected: false}\n" + routes,
            .plugin_blocks = "  holder: {}\n",
            .plugins = {plugin::plugin_type<Holder>()}};
}

// Holds the one worker of `gateway` until it is told to go on.
class Hold {
public:
    explicit Hold(Gateway const& gateway) : client_(gateway.connect()) {
        holding = let_go = false;
        client_.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
        for (int tries = 0; tries < 5'000 && !holding; ++tries) ::usleep(1'000);
        REQUIRE(holding);
    }
    Hold(Hold const&) = delete;
    Hold& operator=(Hold const&) = delete;
    ~Hold() { let_go = true; }
    void end() {
        let_go = true;
        CHECK(client_.read_message().starts_with("HTTP/1.1 204 "));
    }

private:
    Socket client_;
};

}  // namespace

TEST_CASE("an answer whose head came before the upload had ended may take longer than timeouts.first_byte") {
    for (bool const in_one_turn : {true, false}) {  // with the end of the upload
        CAPTURE(in_one_turn);
        std::promise<void> asked;
        std::promise<void> answers;
        std::promise<void> answered;
        Origin origin([&](Origin&, Socket& socket) {
            auto const head = socket.read_head();
            CHECK(head.starts_with("POST /up HTTP/1.1\r\n"));
            CHECK(socket.read_exactly(5) == "first");
            asked.set_value();
            answers.get_future().wait();
            socket.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
            answered.set_value();
            CHECK(socket.read_exactly(4) == "last");
            ::usleep(600'000);  // three times as long as first_byte
            socket.send("late");
        });
        Gateway gateway(origin.port(), with_holder("  - {path: /up, methods: [POST], upstream: ai, protected: false, "
                                                   "timeouts: {first_byte: 200ms, gap: 10s}}\n"));
        auto client = gateway.connect();
        client.send("POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nfirst");
        asked.get_future().wait();
        std::string head;
        if (in_one_turn) {
            Hold hold(gateway);
            answers.set_value();
            answered.get_future().wait();
            client.send("last");
            hold.end();
        } else {
            answers.set_value();
            head = client.read_head();
            client.send("last");
        }
        if (head.empty()) head = client.read_head();
        CHECK(head.starts_with("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n"));
        CHECK(client.read_exactly(4) == "late");
        auto const lines = gateway.log(in_one_turn ? 2 : 1);
        REQUIRE(!lines.empty());
        CHECK(contains(lines.back(), "\"path\":\"/up\""));
        CHECK(contains(lines.back(), "\"ending\":\"complete\""));
    }
}

TEST_CASE("the lines of a turn are written whole and once, also when they are many") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), with_holder(""));
    constexpr std::size_t clients = 100;
    std::vector<Socket> all;
    auto const path = [](std::size_t i) { return "/" + std::to_string(i) + "/" + std::string(1000, 'x'); };
    auto const ask = [&] {
        for (std::size_t i = 0; i < clients; ++i) all[i].send("GET " + path(i) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    };
    auto const hear = [&] {
        for (auto& client : all) CHECK(client.read_message().starts_with("HTTP/1.1 404 "));
    };
    for (std::size_t i = 0; i < clients; ++i) all.push_back(gateway.connect());
    ask();  // the loop knows them
    hear();
    {
        Hold hold(gateway);
        ask();
        hold.end();
    }
    hear();
    auto const lines = gateway.log(2 * clients + 1);
    CHECK(lines.size() == 2 * clients + 1);
    for (std::size_t i = 0; i < clients; ++i) {
        auto const of_this = [&](std::string const& line) {
            return contains(line, "\"path\":\"" + path(i) + "\"") && line.starts_with("{") && line.ends_with("}");
        };
        CHECK(std::ranges::count_if(lines, of_this) == 2);
    }
}

TEST_CASE("an event of a stream that has begun waits for no other one of its turn") {
    std::latch all_go(1);
    std::latch all_sent(2);
    std::promise<void> ends;
    std::shared_future<void> end(ends.get_future());
    Origin origin([&](Origin&, Socket& socket) {
        (void)socket.read_head();
        socket.send(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
            "d\r\ndata: first\n\n\r\n");
        all_go.wait();
        socket.send("f\r\ndata: watched\n\n\r\n");
        all_sent.count_down();
        end.wait();
        socket.send("0\r\n\r\n");
    });
    auto options = with_holder("  - {path: /stream, upstream: ai, protected: false}\n");
    options.plugin_blocks += "  onlooker: {}\n";
    options.plugins.push_back(plugin::plugin_type<Onlooker>());
    Gateway gateway(origin.port(), std::move(options));
    std::array<Socket, 2> clients{gateway.connect(), gateway.connect()};
    for (auto& client : clients) {
        client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
        (void)client.read_head();
        CHECK(client.read_exactly(18) == "d\r\ndata: first\n\n\r\n");
        watched[static_cast<std::size_t>(&client - clients.data())] = client.descriptor();
    }
    {
        Hold hold(gateway);
        all_go.count_down();
        all_sent.wait();
        hold.end();
    }
    CHECK(eventually([] { return events == had_something.size(); }));  // before that nothing is read: it is looked for
    for (auto& client : clients) CHECK(client.read_exactly(20) == "f\r\ndata: watched\n\n\r\n");
    CHECK(had_something[0] == 0);
    CHECK(had_something[1] == 1);  // the first event had gone when the other one came
    ends.set_value();
    for (auto& client : clients) CHECK(client.read_exactly(5) == "0\r\n\r\n");
}

TEST_CASE("who is ended while the answer waits for the end of the turn gets that answer") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), with_holder(""));
    std::string const nothing = "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n";
    auto one = gateway.connect();
    auto other = gateway.connect();
    for (auto* const client : {&one, &other}) {  // the loop knows them
        client->send(nothing);
        CHECK(client->read_message().starts_with("HTTP/1.1 404 "));
    }
    Hold hold(gateway);
    one.send(nothing);
    other.send(nothing);  // two in a turn: they answer at its end
    services.load()->end_exchanges([](plugin::Exchange const&) { return true; });
    hold.end();
    for (auto* const client : {&one, &other}) {
        auto const answer = client->read_message();
        CHECK(answer.starts_with("HTTP/1.1 404 "));
        CHECK(contains(answer, "\"reason\":\"no_route\""));
    }
    auto const lines = gateway.log(5);
    REQUIRE(lines.size() == 5);
    for (auto const& line : lines) CHECK(contains(line, "\"ending\":\"complete\""));
    for (auto* const client : {&one, &other}) {  // and both go on
        client->send(nothing);
        CHECK(client->read_message().starts_with("HTTP/1.1 404 "));
    }
}

}  // namespace tollgate::turn_test
