#include "server/tls_upstreams.hpp"

#include "server/tls_words.hpp"
#include "settings/document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace tollgate::server {
namespace {

net::TlsClientOptions options_of(settings::UpstreamTls const& tls) {
    return {.ca = tls.ca,
            .certificate = tls.certificate,
            .key = tls.key,
            .verify = tls.verify,
            .least = version_of(tls.min_version)};
}

}  // namespace

std::expected<std::shared_ptr<net::TlsClientContext const>, std::string> read_tls_client(
    settings::UpstreamTls const& tls) {
    return net::TlsClientContext::create(options_of(tls));
}

UpstreamTlsContexts read_upstream_tls(settings::Loaded const& loaded) {
    UpstreamTlsContexts contexts;
    std::vector<std::pair<net::TlsClientOptions, std::size_t>> known;  // and where in `contexts`
    for (auto const& upstream : loaded.settings.upstreams) {
        auto& context = contexts.emplace_back();
        if (!upstream.tls) continue;
        auto const options = options_of(*upstream.tls);
        auto const same = std::ranges::find(known, options, [](auto const& one) { return one.first; });
        if (same != known.end()) {
            context = contexts[same->second];
            continue;
        }
        auto made = net::TlsClientContext::create(options);
        if (made) context = std::move(*made);
        else loaded.document->fail(upstream.tls->where, made.error());
        known.emplace_back(options, contexts.size() - 1);
    }
    return contexts;
}

void use_upstream_tls(std::span<std::shared_ptr<upstream::Cluster> const> clusters,
                      UpstreamTlsContexts const& contexts) {
    for (std::size_t i = 0; i < clusters.size(); ++i) {
        if (contexts[i]) clusters[i]->use_tls(contexts[i]);
    }
}

std::vector<std::string> tls_files(settings::UpstreamTls const& tls) {
    std::vector<std::string> files{tls.ca, tls.certificate, tls.key};
    std::erase(files, "");
    return files;
}

std::vector<std::string> upstream_tls_files(settings::Settings const& settings) {
    std::vector<std::string> files;
    for (auto const& upstream : settings.upstreams) {
        if (upstream.tls) std::ranges::move(tls_files(*upstream.tls), std::back_inserter(files));
    }
    return files;
}

std::vector<std::string> unverified_lines(settings::Settings const& settings) {
    std::vector<std::string> lines;
    for (auto const& upstream : settings.upstreams) {
        if (!upstream.tls || upstream.tls->verify) continue;
        lines.push_back(
            fmt::format("upstream {}: `verify: false`: whoever answers in its place is believed, and can read and "
                        "change all requests and answers. Name who signs its certificates (`ca`) instead",
                        upstream.name));
    }
    return lines;
}

}  // namespace tollgate::server
