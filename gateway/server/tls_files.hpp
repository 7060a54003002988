// Every file that a configuration names for TLS, towards clients and towards servers, read together.
#pragma once

#include "server/file_watch.hpp"
#include "server/tls_listeners.hpp"
#include "server/tls_upstreams.hpp"
#include "settings/settings.hpp"

#include <memory>

namespace tollgate::server {

struct TlsFiles {
    FileStamps seen;  // as they were before they were read
    TlsContexts listeners;
    UpstreamTlsContexts upstreams;
};

// What cannot be used is missing, and an error in the document.
[[nodiscard]] TlsFiles read_tls_files(settings::Loaded const& loaded, std::shared_ptr<net::TicketKeys> const& tickets);

}  // namespace tollgate::server
