// What the settings say about TLS towards the servers behind, read from its files: one context for each upstream that
// speaks it, the same one for those that say the same.
#pragma once

#include "net/tls_client.hpp"
#include "settings/settings.hpp"
#include "upstream/cluster.hpp"

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tollgate::server {

// By upstream, in the order of the settings; null where none speaks TLS.
using UpstreamTlsContexts = std::vector<std::shared_ptr<net::TlsClientContext const>>;

// Of all. An upstream's first file that is missing or not what it should be is an error in the document, at its `tls`.
[[nodiscard]] UpstreamTlsContexts read_upstream_tls(settings::Loaded const& loaded);

// Of one upstream, which speaks TLS; the error is a sentence.
[[nodiscard]] std::expected<std::shared_ptr<net::TlsClientContext const>, std::string> read_tls_client(
    settings::UpstreamTls const& tls);

// Gives each cluster, in the order of the settings too, its context, where there is one.
void use_upstream_tls(std::span<std::shared_ptr<upstream::Cluster> const> clusters,
                      UpstreamTlsContexts const& contexts);

// Every file that is read for it, or for all of them.
[[nodiscard]] std::vector<std::string> tls_files(settings::UpstreamTls const& tls);
[[nodiscard]] std::vector<std::string> upstream_tls_files(settings::Settings const& settings);

// One line for each upstream whose servers could be anybody.
[[nodiscard]] std::vector<std::string> unverified_lines(settings::Settings const& settings);

}  // namespace tollgate::server
