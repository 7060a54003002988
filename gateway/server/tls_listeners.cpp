#include "server/tls_listeners.hpp"

#include "server/tls_words.hpp"
#include "settings/document.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tollgate::server {
namespace {

net::TlsOptions options_of(settings::Tls const& tls) {
    net::TlsOptions options{.certificates = {},
                            .least = version_of(tls.min_version),
                            .client_ca = tls.client_ca,
                            .client_certificate = client_certificate_of(tls.client_auth)};
    for (auto const& one : tls.certificates) options.certificates.push_back({one.certificate, one.key, one.names});
    return options;
}

settings::Where place_of(net::TlsContext::Problem const& problem, settings::Tls const& tls) {
    bool const is_certificate = problem.certificate < tls.certificates.size();
    return is_certificate ? tls.certificates[problem.certificate].where : tls.where;
}

}  // namespace

std::expected<std::shared_ptr<net::TlsContext const>, settings::SettingsError> read_tls_context(
    settings::Tls const& tls, std::shared_ptr<net::TicketKeys> const& tickets) {
    auto context = net::TlsContext::create(options_of(tls), tickets);
    if (!context) return std::unexpected(settings::SettingsError{place_of(context.error(), tls), context.error().what});
    return std::move(*context);
}

TlsContexts read_tls_contexts(settings::Loaded const& loaded, std::shared_ptr<net::TicketKeys> const& tickets) {
    TlsContexts contexts;
    for (auto const& listen : loaded.settings.listen) {
        if (!listen.tls) continue;
        // The settings refuse this too; whether a listener speaks in the clear must not hang on them alone.
        if (listen.tls->certificates.empty()) {
            if (loaded.is_whole) loaded.document->fail(listen.tls->where, "TLS needs at least one certificate");
            continue;
        }
        auto context = read_tls_context(*listen.tls, tickets);
        if (context) contexts[listen.address] = std::move(*context);
        else loaded.document->fail(context.error().where, context.error().what);
    }
    return contexts;
}

std::vector<std::string> tls_files(settings::Tls const& tls) {
    std::vector<std::string> files;
    for (auto const& one : tls.certificates) {
        files.push_back(one.certificate);
        files.push_back(one.key);
    }
    if (!tls.client_ca.empty()) files.push_back(tls.client_ca);
    return files;
}

std::vector<std::string> tls_files(settings::Settings const& settings) {
    std::vector<std::string> files;
    for (auto const& listen : settings.listen) {
        if (listen.tls) std::ranges::move(tls_files(*listen.tls), std::back_inserter(files));
    }
    return files;
}

}  // namespace tollgate::server
