#include "limit/limit.hpp"

#include "settings/document.hpp"
#include "support/fake_exchange.hpp"
#include "support/fake_services.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>

namespace tollgate::limit_test {
using namespace tollgate::limit;
using namespace std::chrono_literals;
using tollgate::testing::FakeServices;
using tollgate::testing::field_of;

namespace {

struct Made {
    std::shared_ptr<settings::Document> document;
    plugin::SlotLayout slots;
    std::unique_ptr<Limit> limit;

    Made(plugin::Services& services, std::string const& yaml) : document(*settings::Document::parse(yaml)) {
        plugin::Setup setup{document->root(), services, slots};
        limit = std::move(*Limit::make(setup));
        document->refuse_unread();
        REQUIRE(document->errors().empty());
    }
};

// One request from its head to its end, with the slots of `made`.
struct Asking {
    http::Arena arena;
    http::RequestHead head{.method = "POST", .target = {}, .fields = {}};
    plugin::Client client;
    plugin::RouteFacts route;
    plugin::Exchange exchange;
    Limit const& limit;
    plugin::Verdict verdict = plugin::Verdict::pass();

    Asking(Made const& made, std::string_view user, std::string path = "/generate", std::string address = "192.0.2.1")
        : client{.address = std::move(address)},
          route{.pattern = std::move(path)},
          exchange(head, client, made.slots, arena),
          limit(*made.limit) {
        exchange.route = &route;
        if (!user.empty()) {
            auto* const identity = new plugin::Identity;
            identity->user_id = user;
            exchange.identity = identity;
        }
        verdict = limit.on_request(exchange);
    }

    [[nodiscard]] bool passes() const { return verdict.passes(); }
    [[nodiscard]] errc refused() { return verdict.reply() ? verdict.reply()->reason : errc{}; }

    // What the response hook adds to the head of an answer.
    std::string fields() {
        http::ResponseHead answer{.status = 200, .phrase = {}, .fields = {}};
        limit.on_response(exchange, answer);
        std::string lines;
        for (auto const& field : answer.fields) lines.append(field.name).append(": ").append(field.value).append("\n");
        return lines;
    }
};

std::uint64_t counted(FakeServices& services, std::string const& limit, std::string const& mode) {
    return services.counter("limited_requests", "", {{"limit", limit}, {"mode", mode}}).total();
}

}  // namespace

TEST_CASE("the plugin is known by its name and stands wherever the YAML puts it") {
    auto const type = plugin::plugin_type<Limit>();
    CHECK(type.name == "limit");
    CHECK(type.identity == plugin::IdentityRole::indifferent);
}

TEST_CASE("a user over the rate is answered 429 with the wait, and every answer says what is left") {
    FakeServices services;
    Made const made(services, "requests: 2/1m");
    Asking first(made, "1");
    CHECK(first.passes());
    CHECK(first.fields() ==
          "x-ratelimit-limit-requests: 2\nx-ratelimit-remaining-requests: 1\nx-ratelimit-reset-requests: 30s\n");
    CHECK(Asking(made, "1").passes());
    services.time.advance(9500ms);

    Asking over(made, "1");
    REQUIRE(over.verdict.reply());
    CHECK(over.verdict.reply()->status == 429);
    CHECK(over.refused() == errc::rate_limited);
    CHECK(field_of(*over.verdict.reply(), "Retry-After") == "21");
    CHECK(over.fields() ==
          "x-ratelimit-limit-requests: 2\nx-ratelimit-remaining-requests: 0\nx-ratelimit-reset-requests: 51s\n");
    CHECK(counted(services, "requests", "enforce") == 1);
    CHECK(counted(services, "concurrent", "enforce") == 0);

    services.time.advance(20s + 499ms);
    Asking early(made, "1");
    CHECK(field_of(*early.verdict.reply(), "Retry-After") == "1");
    services.time.advance(1ms);
    CHECK(Asking(made, "1").passes());
}

TEST_CASE("a place is free again when an exchange ends: passed, refused elsewhere, never answered") {
    FakeServices services;
    Made const made(services, "concurrent: 1");
    for (int i = 0; i < 3; ++i) {
        std::optional<Asking> running(std::in_place, made, "1");
        CHECK(running->passes());
        Asking over(made, "1");
        REQUIRE(over.verdict.reply());
        CHECK(over.verdict.reply()->status == 429);
        CHECK(over.refused() == errc::concurrency_limited);
        CHECK(field_of(*over.verdict.reply(), "Retry-After") == "1");
        CHECK(over.fields() == "");
        running.reset();
    }
    CHECK(counted(services, "concurrent", "enforce") == 3);
    CHECK(counted(services, "requests", "enforce") == 0);
    {
        Asking answered(made, "1");
        (void)answered.fields();  // one head, or two when the first was replaced
        (void)answered.fields();
    }
    Asking const one(made, "1");
    CHECK(one.passes());
    CHECK_FALSE(Asking(made, "1").passes());
}

TEST_CASE("the end of a refused exchange frees nobody's place") {
    FakeServices services;
    Made const made(services, "concurrent: 2");
    Asking const first(made, "1");
    Asking const second(made, "1");
    for (int i = 0; i < 5; ++i) CHECK_FALSE(Asking(made, "1").passes());
}

TEST_CASE("a request refused for concurrency does not use up the rate") {
    FakeServices services;
    Made const made(services, "{requests: 2/1m, concurrent: 1}");
    {
        Asking const running(made, "1");
        for (int i = 0; i < 5; ++i) {
            Asking over(made, "1");
            CHECK(over.refused() == errc::concurrency_limited);
            CHECK(over.fields().contains("x-ratelimit-remaining-requests: 1\n"));
        }
    }
    CHECK(Asking(made, "1").passes());
    CHECK(Asking(made, "1").refused() == errc::rate_limited);
}

TEST_CASE("users share nothing, and neither do routes") {
    FakeServices services;
    Made const made(services, "{requests: 1/1m, concurrent: 1}");
    Asking const first(made, "1", "/a");
    CHECK_FALSE(Asking(made, "1", "/a").passes());
    Asking const other_user(made, "2", "/a");
    CHECK(other_user.passes());
    Asking const other_route(made, "1", "/b");
    CHECK(other_route.passes());
}

TEST_CASE("without an identity the address is counted, an IPv6 client as its /64") {
    FakeServices services;
    Made const made(services, "requests: 1/1m");
    CHECK(Asking(made, "", "/a", "192.0.2.1").passes());
    CHECK_FALSE(Asking(made, "", "/a", "192.0.2.1").passes());
    CHECK(Asking(made, "", "/a", "192.0.2.2").passes());
    CHECK(Asking(made, "", "/a", "2001:db8:1:2::1").passes());
    CHECK_FALSE(Asking(made, "", "/a", "2001:db8:1:2:ffff::9").passes());
    CHECK(Asking(made, "", "/a", "2001:db8:1:3::1").passes());
    CHECK(Asking(made, "192.0.2.1", "/a", "192.0.2.1").passes());
}

TEST_CASE("a user has one bucket wherever the requests come from") {
    FakeServices services;
    Made const made(services, "requests: 1/1m");
    CHECK(Asking(made, "1", "/a", "192.0.2.1").passes());
    CHECK_FALSE(Asking(made, "1", "/a", "192.0.2.2").passes());
}

TEST_CASE("a route has its own numbers, and one with none is not limited at all") {
    FakeServices services;
    Made const made(services, "{requests: 2/1m, routes: {/slow: {requests: 1/1m}, /free: {requests: none}}}");
    CHECK(Asking(made, "1", "/slow").passes());
    CHECK_FALSE(Asking(made, "1", "/slow").passes());
    CHECK(Asking(made, "1", "/else").passes());
    CHECK(Asking(made, "1", "/else").passes());
    CHECK_FALSE(Asking(made, "1", "/else").passes());
    for (int i = 0; i < 10; ++i) {
        Asking free(made, "1", "/free");
        CHECK(free.passes());
        CHECK(free.fields() == "");
    }
}

TEST_CASE("shadow refuses nobody and tells nobody, but counts what enforce would have refused") {
    FakeServices services;
    Made const made(services, "{requests: 3/1m, concurrent: 1, mode: shadow}");
    {
        Asking running(made, "1");
        CHECK(running.passes());
        CHECK(running.fields() == "");
        CHECK(Asking(made, "1").passes());
        CHECK(Asking(made, "1").passes());
    }
    CHECK(counted(services, "concurrent", "shadow") == 2);
    for (int i = 0; i < 5; ++i) CHECK(Asking(made, "1").passes());
    CHECK(counted(services, "requests", "shadow") == 3);
    CHECK(counted(services, "concurrent", "shadow") == 2);
    CHECK(counted(services, "requests", "enforce") == 0);
    CHECK(counted(services, "concurrent", "enforce") == 0);
}

TEST_CASE("an exchange that ended before the request hooks gets no fields") {
    FakeServices services;
    Made const made(services, "requests: 1/1m");
    http::Arena arena;
    http::RequestHead const head;
    plugin::Client const client;
    http::RequestHead mutable_head = head;
    plugin::Exchange exchange(mutable_head, client, made.slots, arena);
    http::ResponseHead answer{.status = 404, .phrase = {}, .fields = {}};
    made.limit->on_response(exchange, answer);
    CHECK(answer.fields.size() == 0);
}

TEST_CASE("a reload keeps the ledger: what was used is used, what runs keeps its place until its own end") {
    FakeServices services;
    auto const before = std::make_unique<Made>(services, "{requests: 2/1m, concurrent: 1}");
    auto running = std::make_unique<Asking>(*before, "1");
    CHECK(running->passes());

    Made const after(services, "{requests: 2/1m, concurrent: 1}");
    CHECK(Asking(after, "1").refused() == errc::concurrency_limited);
    running.reset();
    {
        Asking const next(after, "1");
        CHECK(next.passes());
    }
    CHECK(Asking(after, "1").refused() == errc::rate_limited);
}

}  // namespace tollgate::limit_test
