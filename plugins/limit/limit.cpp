#include "limit/limit.hpp"

#include "base/client_key.hpp"
#include "limit/rate_fields.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace tollgate::limit {
namespace {

using plugin::Exchange;
using plugin::Reply;
using plugin::Verdict;

plugin::Counter& refusals(plugin::Services& services, std::string_view limit, Mode mode) {
    return services.counter("limited_requests", "Requests over a limit: refused (enforce), or only counted (shadow).",
                            {{"limit", std::string(limit)}, {"mode", mode == Mode::enforce ? "enforce" : "shadow"}});
}

}  // namespace

plugin::Checked<std::unique_ptr<Limit>> Limit::make(plugin::Setup& setup) {
    return std::unique_ptr<Limit>(new Limit(setup, read_limit_settings(setup.settings)));
}

Limit::Limit(plugin::Setup& setup, LimitSettings settings)
    : settings_(std::move(settings)),
      clock_(setup.services.clock()),
      ledger_(setup.services.keep<Ledger>("limit", [] { return std::make_shared<Ledger>(); })),
      grant_(setup.slots.reserve<Grant>()),
      rate_limited_(refusals(setup.services, "requests", settings_.mode)),
      concurrency_limited_(refusals(setup.services, "concurrent", settings_.mode)) {}

Verdict Limit::on_request(Exchange& exchange) const {
    auto const& quota = settings_.quota_of(exchange.route->pattern);
    if (!quota.limits_anything()) return Verdict::pass();
    auto entry = enter(exchange, quota);
    if (entry.refused != errc{}) count_refusal(entry.refused);
    auto& grant = exchange.slot(grant_);
    grant.place = std::move(entry.place);
    if (settings_.mode == Mode::shadow) return Verdict::pass();
    grant.level = entry.level;
    if (entry.refused == errc{}) return Verdict::pass();
    return Verdict::answer(
        Reply::problem(entry.refused).retry_after(std::chrono::ceil<std::chrono::seconds>(entry.retry_after)));
}

Ledger::Entry Limit::enter(Exchange const& exchange, Quota const& quota) const {
    auto const now = clock_.steady_now();
    auto const& route = exchange.route->pattern;
    if (exchange.identity)
        return ledger_->enter(ledger_->key_of({CallerKind::user, exchange.identity->user_id}, route), quota, now);
    auto const address = client_key(exchange.client().address);
    return ledger_->enter(ledger_->key_of({CallerKind::address, address}, route), quota, now);
}

void Limit::count_refusal(errc why) const noexcept {
    (why == errc::rate_limited ? rate_limited_ : concurrency_limited_).add();
}

void Limit::on_response(Exchange& exchange, plugin::ResponseHead& head) const {
    if (auto const& level = exchange.slot(grant_).level) set_rate_fields(head.fields, exchange.arena(), *level);
}

std::vector<plugin::NamedRoute> Limit::named_routes() const {
    std::vector<plugin::NamedRoute> named;
    named.reserve(settings_.routes.size());
    for (auto const& [path, route] : settings_.routes) named.push_back({path, route.where});
    return named;
}

}  // namespace tollgate::limit
