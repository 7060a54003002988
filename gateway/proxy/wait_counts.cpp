#include "proxy/wait_counts.hpp"

#include <cstddef>
#include <string_view>

namespace tollgate::proxy {
namespace {

// By which the endings are counted; the last is for whatever ends an exchange: a drain, a user who is out, its time.
constexpr std::array<std::string_view, 6> results{"served",      "queue_full", "queue_timeout", "no_healthy_upstream",
                                                  "client_gone", "ended"};

std::size_t index_of(errc why) noexcept {
    if (why == errc{}) return 0;
    switch (why) {
        case errc::queue_full: return 1;
        case errc::queue_timeout: return 2;
        case errc::no_healthy_upstream: return 3;
        case errc::client_gone:
        case errc::client_stalled: return 4;
        default: return 5;
    }
}

}  // namespace

WaitCounts::WaitCounts(plugin::Services& services, std::string const& upstream)
    : waits_(services.histogram("upstream_queue_wait", "Waits for a server of an upstream, however they ended.",
                                {{"upstream", upstream}})) {
    for (std::size_t i = 0; i < results.size(); ++i) {
        endings_[i] =
            &services.counter("upstream_queued", "Requests that had to wait for a server, by what came of it.",
                              {{"upstream", upstream}, {"result", std::string(results[i])}});
    }
}

void WaitCounts::ended(errc why, std::chrono::nanoseconds waited) const noexcept {
    endings_[index_of(why)]->add();
    if (why != errc::queue_full) waits_.observe(waited);
}

}  // namespace tollgate::proxy
