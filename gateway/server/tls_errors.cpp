#include "server/tls_errors.hpp"

#include "server/tls_listeners.hpp"
#include "server/tls_upstreams.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

namespace tollgate::server {

settings::SettingsErrors tls_errors(settings::Settings const& settings) {
    auto const tickets = std::make_shared<net::TicketKeys>(std::chrono::steady_clock::now());
    settings::SettingsErrors errors;
    if (auto read = read_tls_contexts(settings, tickets); !read) errors = std::move(read).error();
    if (auto read = read_upstream_tls(settings); !read) std::ranges::move(read.error(), std::back_inserter(errors));
    return errors;
}

}  // namespace tollgate::server
