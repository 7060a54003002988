#include "server/tls_files.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tollgate::server {

TlsFiles read_tls_files(settings::Loaded const& loaded, std::shared_ptr<net::TicketKeys> const& tickets) {
    auto files = tls_files(loaded.settings);
    std::ranges::move(upstream_tls_files(loaded.settings), std::back_inserter(files));
    auto seen = look_at(files);
    return {.seen = std::move(seen),
            .listeners = read_tls_contexts(loaded, tickets),
            .upstreams = read_upstream_tls(loaded)};
}

}  // namespace tollgate::server
