// Jobs of plugins that run beside all requests, for as long as their configuration lives.
#include "plugin/plugin_type.hpp"
#include "support/eventually.hpp"
#include "support/gateway.hpp"
#include "support/origin.hpp"
#include "support/redirected.hpp"
#include "support/temp_folder.hpp"
#include "support/text.hpp"

#include <doctest/doctest.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include <unistd.h>

namespace tollgate::background_test {
using namespace tollgate::testing;

namespace {

constexpr char const* routes = "  - {path: /open, upstream: ai, protected: false}\n";
constexpr char const* get = "GET /open HTTP/1.1\r\nHost: a\r\n\r\n";

std::atomic<int> begun{0};
std::atomic<int> ended{0};

// Sleeps until it is cancelled, or throws at once.
class Sleeper final : public plugin::BackgroundJob {
public:
    static constexpr std::string_view name = "sleeper";
    static constexpr std::string_view summary = "for tests";

    static settings::Checked<std::unique_ptr<Sleeper>> make(plugin::Setup& setup) {
        auto made = std::make_unique<Sleeper>();
        made->throws_ = setup.settings["throws"].boolean(false);
        return made;
    }

    plugin::asio::awaitable<void> run() const override {
        struct AtTheEnd {
            ~AtTheEnd() { ++ended; }
        } const at_the_end;
        ++begun;
        if (throws_) throw std::runtime_error("as told");
        boost::asio::steady_timer timer(co_await plugin::asio::this_coro::executor, std::chrono::hours(1));
        co_await timer.async_wait(plugin::asio::use_awaitable);
    }

private:
    bool throws_ = false;
};

GatewayOptions with_sleeper(std::string const& block) {
    begun = ended = 0;
    return {
        .routes = routes, .plugin_blocks = "  sleeper: " + block + "\n", .plugins = {plugin::plugin_type<Sleeper>()}};
}

}  // namespace

TEST_CASE("a job runs for as long as its configuration, and is cancelled for that of the next one") {
    Origin origin(Origin::always(ok("fine")));
    TempFolder const folder;
    Redirected log(STDERR_FILENO, folder.path() / "log");
    {
        Gateway gateway(origin.port(), with_sleeper("{}"));
        CHECK(eventually([] { return begun == 1; }));
        CHECK(ended == 0);
        CHECK(gateway.reload(routes));
        CHECK(eventually([] { return begun == 2 && ended == 1; }));
        CHECK(gateway.ask(get).ends_with("fine"));
    }
    CHECK(begun == 2);
    CHECK(ended == 2);
    CHECK_FALSE(contains(log.text(), "background job"));
}

TEST_CASE("a job that throws ends, and nothing else") {
    Origin origin(Origin::always(ok("fine")));
    TempFolder const folder;
    Redirected log(STDERR_FILENO, folder.path() / "log");
    {
        Gateway gateway(origin.port(), with_sleeper("{throws: true}"));
        CHECK(eventually([] { return ended == 1; }));
        CHECK(gateway.ask(get).ends_with("fine"));
    }
    CHECK(begun == 1);
    CHECK(contains(log.text(), "the background job of plugin sleeper threw: as told"));
}

}  // namespace tollgate::background_test
