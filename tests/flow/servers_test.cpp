// Several servers behind one upstream: who is asked, who is asked instead, and who is not asked for a while.
#include "support/eventually.hpp"
#include "support/gateway.hpp"
#include "support/origin.hpp"
#include "support/text.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <vector>

namespace tollgate::servers_test {
using namespace tollgate::testing;

namespace {

constexpr char const* routes =
    "  - {path: /open, upstream: many, protected: false, timeouts: {first_byte: 200ms}}\n"
    "  - {path: /mine, upstream: many}\n";

constexpr char const* get = "GET /open HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr char const* post = "POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";

// What one server does with requests at the moment.
enum class Mood { well, resets, silent, sick };  // sick: 500

// Servers that say their number, and whose moods the test changes.
template <std::size_t count>
struct Several {
    Several() {
        for (std::size_t i = 0; i < moods.size(); ++i) {
            origins[i] =
                std::make_unique<Origin>([this, i](Origin& origin, Socket& socket) { serve(i, origin, socket); });
        }
    }

    void serve(std::size_t i, Origin& origin, Socket& socket) {
        for (;;) {
            if (origin.receive(socket).empty()) return;
            switch (moods[i]) {
                case Mood::well: socket.send(ok(std::to_string(i))); break;
                case Mood::resets: return socket.reset();
                case Mood::silent: socket.read_to_end(); return;
                case Mood::sick: socket.send("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"); break;
            }
        }
    }

    [[nodiscard]] std::string yaml(std::string_view more = "") const {
        std::string servers;
        for (auto const& origin : origins) servers += fmt::format("\"http://127.0.0.1:{}\", ", origin->port());
        return fmt::format("  many: {{servers: [{}], {}}}\n", servers.substr(0, servers.size() - 2), more);
    }
    [[nodiscard]] std::string url_of(std::size_t i) const { return fmt::format("127.0.0.1:{}", origins[i]->port()); }
    [[nodiscard]] std::size_t heard(std::size_t i, std::string_view of = "") const {
        auto const messages = origins[i]->received();
        return static_cast<std::size_t>(
            std::ranges::count_if(messages, [of](auto const& message) { return message.starts_with(of); }));
    }

    std::array<std::atomic<Mood>, count> moods{};
    std::array<std::unique_ptr<Origin>, count> origins;
};
using Three = Several<3>;

// The body of an answer; the status line of one that is not 200.
std::string said(std::string const& answer) {
    if (!answer.starts_with("HTTP/1.1 200 ")) return answer.substr(9, 3);
    return answer.substr(answer.find("\r\n\r\n") + 4);
}

std::string asked(Gateway const& gateway, int count, char const* request = get) {
    std::string all;
    for (int i = 0; i < count; ++i) all += said(gateway.ask(request));
    return all;
}

bool is_of(std::string const& answers, std::string_view letters) {
    return answers.find_first_not_of(letters) == std::string::npos;
}

}  // namespace

TEST_CASE("requests go to all servers in turn, and the log says to which") {
    Three three;
    Gateway gateway(1, {.routes = routes, .upstreams = three.yaml("balance: round_robin")});
    CHECK(asked(gateway, 6) == "012012");
    auto const lines = gateway.log(6);
    REQUIRE(lines.size() == 6);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        CHECK(contains(lines[i], "\"upstream\":\"many\""));
        CHECK(contains(lines[i], "\"server\":\"" + three.url_of(i % 3) + "\""));
    }
    for (auto const& origin : three.origins) CHECK(origin->connections() == 1);  // each has its idle connection
}

TEST_CASE("a server that is busy is passed over") {
    Three three;
    Gateway gateway(1, {.routes = "  - {path: /open, upstream: many, protected: false}\n", .upstreams = three.yaml()});
    three.moods[0] = Mood::silent;
    auto waiting = gateway.connect();
    waiting.send(get);
    REQUIRE(eventually([&] { return three.heard(0) == 1; }));
    CHECK(asked(gateway, 4) == "1212");
    three.moods[0] = Mood::well;
    waiting.close();
    CHECK(gateway.log(5).size() == 5);
    CHECK(contains(asked(gateway, 3), "0"));
}

TEST_CASE("whatever a server refuses goes to another one, a POST too") {
    Three three;
    Gateway gateway(1, {.routes = routes, .upstreams = three.yaml("balance: round_robin")});
    auto const port = three.url_of(0);
    three.origins[0].reset();
    CHECK(is_of(asked(gateway, 3, post), "12"));
    CHECK(is_of(asked(gateway, 3, get), "12"));
    CHECK(three.heard(1, "POST") + three.heard(2, "POST") == 3);
    for (auto const& line : gateway.log(6)) CHECK_FALSE(contains(line, port));
}

TEST_CASE("a GET that breaks off or is not answered in time goes to another server, a POST is never sent twice") {
    for (auto const mood : {Mood::resets, Mood::silent}) {
        CAPTURE(static_cast<int>(mood));
        Three three;
        three.moods[0] = mood;
        Gateway gateway(1, {.routes = routes, .upstreams = three.yaml("balance: round_robin")});
        CHECK(asked(gateway, 1, post) == (mood == Mood::silent ? "504" : "502"));
        CHECK(asked(gateway, 3) == "121");
        CHECK(three.heard(0, "GET") == 1);
        CHECK(three.heard(0, "POST") == 1);
        CHECK(three.heard(1, "POST") + three.heard(2, "POST") == 0);
        auto const lines = gateway.log(4);
        REQUIRE(lines.size() == 4);
        CHECK(contains(lines[0], "\"server\":\"" + three.url_of(0) + "\""));
        CHECK(contains(lines[3], "\"server\":\"" + three.url_of(1) + "\""));
        CHECK(contains(lines[0], mood == Mood::silent ? "\"ending\":\"timed_out\"" : "\"ending\":\"upstream_failed\""));
    }
}

TEST_CASE("when all servers are silent a GET is repeated once, and only few of many are") {
    Three three;
    for (auto& mood : three.moods) mood = Mood::silent;
    Gateway gateway(1, {.routes = routes, .upstreams = three.yaml("ejection: {failures: 1000}")});
    auto const heard = [&] { return three.heard(0) + three.heard(1) + three.heard(2); };
    CHECK(asked(gateway, 1) == "504");
    CHECK(heard() == 2);
    std::vector<Socket> clients;
    for (int i = 0; i < 40; ++i) clients.push_back(gateway.connect());
    for (auto& client : clients) client.send(get);
    for (auto& client : clients) CHECK(said(client.read_message()) == "504");
    CHECK(heard() >= 2 + 40 + 10);
    CHECK(heard() <= 2 + 40 + 20);  // more than 10 where some came late
}

TEST_CASE("a request is tried on three servers at most, and fails as the last of them did") {
    Several<4> four;
    for (auto& mood : four.moods) mood = Mood::resets;
    Gateway gateway(1, {.routes = routes, .upstreams = four.yaml("balance: round_robin")});
    CHECK(contains(gateway.ask(get), "\"reason\":\"upstream_failed\""));
    for (std::size_t i = 0; i < 3; ++i) CHECK(four.heard(i) == 1);
    CHECK(four.heard(3) == 0);
}

TEST_CASE("a server that fails is left alone for a while and comes back; an answer of 500 is an answer") {
    Three three;
    Gateway gateway(
        1, {.routes = routes,
            .upstreams = three.yaml("balance: round_robin, ejection: {failures: 2, first: 1500ms, longest: 1500ms}")});
    three.moods[0] = Mood::sick;
    CHECK(asked(gateway, 9) == "500125001250012");
    three.moods[0] = Mood::resets;
    CHECK(is_of(asked(gateway, 12), "12"));  // its idle connection breaks, which says nothing of it, then two new ones
    auto const before = three.heard(0);
    CHECK(before == 6);
    CHECK(is_of(asked(gateway, 6), "12"));
    CHECK(three.heard(0) == before);
    three.moods[0] = Mood::well;
    CHECK(eventually([&] { return contains(asked(gateway, 3), "0"); }));
}

TEST_CASE("when all servers are ejected they are tried all the same") {
    Three three;
    for (auto& mood : three.moods) mood = Mood::resets;
    Gateway gateway(1, {.routes = routes, .upstreams = three.yaml("ejection: {failures: 1, first: 1h, longest: 1h}")});
    CHECK(asked(gateway, 2) == "502502");
    for (auto& mood : three.moods) mood = Mood::well;
    auto const answers = asked(gateway, 9);
    CHECK(answers.size() == 9);
    CHECK(std::set(answers.begin(), answers.end()) == std::set{'0', '1', '2'});
}

TEST_CASE("a server that answers badly is taken away and comes back; without any the answer is 503 at once") {
    Three three;
    auto const health =
        "balance: round_robin, health: {path: /healthz, interval: 100ms, timeout: 300ms, "
        "healthy_after: 2, unhealthy_after: 2}";
    Gateway gateway(1, {.routes = routes, .upstreams = three.yaml(health)});
    CHECK(eventually([&] { return three.heard(2, "GET /healthz HTTP/1.1\r\nHost: " + three.url_of(2)) > 0; }));
    CHECK(asked(gateway, 3) == "012");
    three.moods[1] = Mood::sick;
    CHECK(eventually([&] { return asked(gateway, 3).find("500") == std::string::npos; }));
    CHECK_FALSE(contains(asked(gateway, 6), "500"));
    for (auto& mood : three.moods) mood = Mood::sick;
    CHECK(eventually([&] { return asked(gateway, 1) == "503"; }));
    auto const before = three.heard(0, "GET /open");
    auto const answer = gateway.ask(post);
    CHECK(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
    CHECK(contains(answer, "\r\nRetry-After: "));
    CHECK(contains(answer, "\"reason\":\"no_healthy_upstream\""));
    CHECK(three.heard(0, "GET /open") == before);
    for (auto& mood : three.moods) mood = Mood::well;
    CHECK(eventually([&] { return asked(gateway, 3).find("503") == std::string::npos; }));
}

TEST_CASE("a connection in use is given up at its age, and one that idles after its time") {
    Origin origin(Origin::always(ok("here")));
    for (auto const* const rules : {"age: 1s, idle: 1m", "age: none, idle: 300ms", "max_idle: 0"}) {
        CAPTURE(std::string(rules));
        auto const before = origin.connections();
        Gateway gateway(1, {.routes = "  - {path: /open, upstream: kept, protected: false}\n",
                            .upstreams = fmt::format("  kept: {{url: 'http://127.0.0.1:{}', connections: {{{}}}}}\n",
                                                     origin.port(), rules)});
        auto const began = std::chrono::steady_clock::now();
        CHECK(asked(gateway, 3) == "hereherehere");
        CHECK(origin.connections() == before + (std::string_view(rules) == "max_idle: 0" ? 3 : 1));
        while (std::chrono::steady_clock::now() - began < std::chrono::milliseconds(1200)) ::usleep(50'000);
        CHECK(said(gateway.ask(get)) == "here");
        CHECK(origin.connections() == before + (std::string_view(rules) == "max_idle: 0" ? 4 : 2));
    }
}

TEST_CASE("what is known of a server outlives a reload") {
    Three three;
    auto const health = "health: {path: /healthz, interval: 1h, timeout: 300ms, unhealthy_after: 1}";
    for (auto& mood : three.moods) mood = Mood::sick;
    Gateway gateway(1, {.routes = routes, .upstreams = three.yaml(health)});
    CHECK(eventually([&] { return asked(gateway, 1) == "503"; }));
    for (auto& mood : three.moods) mood = Mood::well;
    REQUIRE(gateway.reload(std::string(routes) + "  - {path: /more, upstream: many, protected: false}\n"));
    CHECK(
        eventually([&] { return gateway.ask("GET /more HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 503 "); }));
}

TEST_CASE("a question that nobody answers does not hold up the end, and no request waits for it") {
    Three three;
    auto const began = std::chrono::steady_clock::now();
    {
        three.moods[0] = Mood::silent;
        Gateway gateway(1, {.routes = routes, .upstreams = three.yaml("health: {path: /healthz, timeout: 1m}")});
        CHECK(eventually([&] { return three.heard(0) == 1; }));
        three.moods[0] = Mood::well;
        CHECK(is_of(asked(gateway, 3), "012"));
    }
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(8));
}

TEST_CASE("with user_hash a user stays with a server, and another takes over while it is away") {
    Three three;
    Gateway gateway(1,
                    {.routes = routes,
                     .upstreams = three.yaml("balance: user_hash, ejection: {failures: 1, first: 1h, longest: 1h}")});
    std::set<std::string> homes;
    std::string home_of_7;
    for (int user = 0; user < 32; ++user) {
        auto const request = "GET /mine HTTP/1.1\r\nHost: a\r\n" + bearer(std::to_string(user)) + "\r\n";
        auto const home = said(gateway.ask(request));
        if (user == 7) home_of_7 = home;
        homes.insert(home);
        CHECK(asked(gateway, 2, request.c_str()) == home + home);
    }
    CHECK(homes.size() == 3);
    three.origins[static_cast<std::size_t>(home_of_7[0] - '0')].reset();
    auto const request = "GET /mine HTTP/1.1\r\nHost: a\r\n" + bearer("7") + "\r\n";
    auto const other = said(gateway.ask(request));
    CHECK(other != home_of_7);
    CHECK(asked(gateway, 3, request.c_str()) == other + other + other);
}

TEST_CASE("the metrics count requests and failures of each server, and say which is well") {
    Three three;
    three.moods[1] = Mood::resets;
    Gateway gateway(1,
                    {.routes = routes,
                     .further = "metrics: 127.0.0.1:0\n",
                     .upstreams = three.yaml("balance: round_robin, ejection: {failures: 1, first: 1h, longest: 1h}")});
    CHECK(asked(gateway, 2) == "02");
    auto const text = gateway.metrics();
    auto const line = [&](std::string_view name, std::size_t i, int value) {
        auto const wanted =
            fmt::format("tollgate_upstream_{}{{upstream=\"many\",server=\"{}\"}} {}\n", name, three.url_of(i), value);
        CAPTURE(wanted);
        CHECK(contains(text, wanted));
    };
    for (std::size_t i = 0; i < 3; ++i) {
        line("requests_total", i, 1);
        line("failures_total", i, i == 1 ? 1 : 0);
        line("healthy", i, i == 1 ? 0 : 1);
    }
}

}  // namespace tollgate::servers_test
