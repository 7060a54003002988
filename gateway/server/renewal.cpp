#include "server/renewal.hpp"

#include <fmt/format.h>

#include <utility>

namespace tollgate::server {
namespace {

std::string owner_of(settings::Listen const& listen) { return listen.address.text(); }
std::string owner_of(settings::Upstream const& upstream) { return fmt::format("upstream {}", upstream.name); }

std::expected<std::shared_ptr<net::TlsClientContext const>, settings::SettingsError> read_upstream(
    settings::UpstreamTls const& tls) {
    auto context = read_tls_client(tls);
    if (!context) return std::unexpected(settings::SettingsError{tls.where, std::move(context).error()});
    return std::move(*context);
}

}  // namespace

void Renewal::begin(settings::Settings const& settings, FileStamps const& seen) {
    in_use_.clear();
    told_.clear();
    auto const note = [&](auto const& owner) {
        if (!owner.tls) return;
        auto& stamps = in_use_[owner_of(owner)];
        for (auto const& file : tls_files(*owner.tls)) stamps[file] = seen.at(file);
    };
    for (auto const& listen : settings.listen) note(listen);
    for (auto const& upstream : settings.upstreams) note(upstream);
}

Renewal::Look Renewal::look(settings::Settings const& settings, std::shared_ptr<net::TicketKeys> const& tickets) {
    Look found;
    std::set<std::string> problems;
    auto const renew = [&](auto const& owner, auto read, auto& context) {
        if (!owner.tls) return;
        auto stamps = look_at(tls_files(*owner.tls));  // before they are read: what changes meanwhile is seen next time
        auto& used = in_use_[owner_of(owner)];
        if (stamps == used) return;
        if (auto made = read(*owner.tls)) {
            context = std::move(*made);
            used = std::move(stamps);
            found.owners.push_back(owner_of(owner));
        } else {
            found.complete = false;
            auto line = made.error().line();
            if (!told_.contains(line)) found.problems.push_back(line);
            problems.insert(std::move(line));
        }
    };
    for (auto const& listen : settings.listen) {
        std::shared_ptr<net::TlsContext const> context;
        renew(listen, [&](settings::Tls const& tls) { return read_tls_context(tls, tickets); }, context);
        if (context) found.listeners[listen.address] = std::move(context);
    }
    for (auto const& upstream : settings.upstreams) renew(upstream, read_upstream, found.upstreams.emplace_back());
    told_ = std::move(problems);
    return found;
}

}  // namespace tollgate::server
