// How many requests a server of an upstream has at a time, and where the others wait: `max_requests` and the block
// `queue`.
#include "settings/readers.hpp"

#include <cstddef>
#include <string>

namespace tollgate::settings {
namespace {

using namespace std::chrono_literals;
using Durations = Range<milliseconds>;

constexpr std::int64_t most_requests = 1'000'000;
constexpr std::int64_t most_waiting = 100'000;

}  // namespace

std::optional<unsigned> read_max_requests(SettingsNode const& node, std::optional<unsigned> fallback) {
    auto const read = node.limit(fallback, {1, most_requests});
    return read ? std::optional(static_cast<unsigned>(*read)) : std::nullopt;
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
