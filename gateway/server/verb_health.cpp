#include "base/exit_code.hpp"
#include "server/http_get.hpp"
#include "server/verbs.hpp"
#include "settings/settings.hpp"

#include <fmt/format.h>
#include <boost/asio/ip/address.hpp>

#include <chrono>

namespace tollgate::server {
namespace {

// Where a gateway that listens on `listened` can be asked from this machine.
std::string reachable(std::string const& listened) {
    boost::system::error_code no_address;
    auto const address = boost::asio::ip::make_address(listened, no_address);
    if (no_address) return listened == "*" ? "127.0.0.1" : listened;
    if (!address.is_unspecified()) return listened;
    return address.is_v6() ? "::1" : "127.0.0.1";
}

}  // namespace

int verb_health(std::filesystem::path const& file) {
    // A mistake elsewhere in the file says nothing about the gateway that runs.
    auto const loaded = settings::load_with_errors(file);
    if (!loaded) return print_errors(loaded.error());
    auto const& metrics = loaded->settings.metrics;
    if (!metrics || metrics->port == 0)
        return print_error(fmt::format("health: {} says no `metrics:` address to ask", file.string()));

    auto const got = http_get({.server = {.host = reachable(metrics->address), .port = metrics->port},
                               .target = "/livez",
                               .deadline = std::chrono::seconds(2),
                               .most_bytes = 64 * 1024});
    if (!got) return print_error(fmt::format("health: {}: {}", metrics->text(), got.error()));
    if (got->status != 200) return print_error(fmt::format("health: {} answers {}", metrics->text(), got->status));
    fmt::print("ok\n");
    return exit_code::done;
}

}  // namespace tollgate::server
