// How many requests a server of an upstream has at a time, and where the others wait: `max_requests` and the block `queue`.
#include "settings/readers.hpp"

#include "settings/words.hpp"

#include <charconv>
#include <cstddef>
#include <string>
#include <system_error>

namespace tollgate::settings {
namespace {

using namespace std::chrono_literals;
using Durations = Range<milliseconds>;

constexpr unsigned most_requests = 1'000'000;
constexpr std::int64_t most_waiting = 100'000;

}  // namespace

std::optional<unsigned> read_max_requests(SettingsNode const& node, std::optional<unsigned> fallback) {
    if (!node.present()) return fallback;
    auto const text = node.text("none");
    if (text == "none") return std::nullopt;
    unsigned count = 0;
    auto const* const last = text.data() + text.size();
    auto const [end, error] = std::from_chars(text.data(), last, count);
    if (error == std::errc{} && end == last && count >= 1 && count <= most_requests) return count;
    node.fail("expected `none` or a whole number from 1 to " + std::to_string(most_requests) + ", found " +
              backquoted(node.shown()));
    return fallback;
}

Queue read_queue(SettingsNode const& node, Upstream const& upstream) {
    if (node.present() && !upstream.names_limit)
        node.fail(
            "nobody waits in a `queue` without `max_requests`, and neither this upstream nor a server of it has that");
    Queue const usual;
    return {
        .most = read_count(node["most"], usual.most, {0, most_waiting}),
        .most_per_user = read_count(node["most_per_user"], usual.most_per_user, {1, most_waiting}),
        .max_wait = node["max_wait"].duration(usual.max_wait, Durations{100ms, 24h}),
        .comment_interval = node["comment_interval"].duration(usual.comment_interval, Durations{100ms, 1h}),
    };
}

}  // namespace tollgate::settings
