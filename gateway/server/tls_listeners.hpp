// What the settings say about TLS, read from its files: one context for each listener that speaks it.
#pragma once

#include "net/tls_context.hpp"
#include "settings/settings.hpp"

#include <expected>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tollgate::server {

using TlsContexts = std::map<settings::ListenAddress, std::shared_ptr<net::TlsContext const>>;

// Of one listener. Error: its first file that is missing or not what it should be.
[[nodiscard]] std::expected<std::shared_ptr<net::TlsContext const>, settings::SettingsError> read_tls_context(
    settings::Tls const& tls, std::shared_ptr<net::TicketKeys> const& tickets);

// Of all. A listener's first file that is missing or not what it should be is an error in the document, at the place
// that names it, and the listener has no context.
[[nodiscard]] TlsContexts read_tls_contexts(settings::Loaded const& loaded,
                                            std::shared_ptr<net::TicketKeys> const& tickets);

// Every file that is read for it, or for all of them.
[[nodiscard]] std::vector<std::string> tls_files(settings::Tls const& tls);
[[nodiscard]] std::vector<std::string> tls_files(settings::Settings const& settings);

}  // namespace tollgate::server
