// The plugin `limit`: how much one user may ask of one route, as a rate and as requests running at once. A user is
// known by the identity, so this stands after the plugin that finds it out; before it, and on open routes, client
// addresses are counted. Every worker asks the one ledger of the process. What an exchange holds is in a slot of it and
// is given back when the slot ends with the exchange, exactly once, whatever the ending.
#pragma once

#include "limit/ledger.hpp"
#include "limit/limit_settings.hpp"
#include "plugin/plugin.hpp"

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace tollgate::limit {

class Limit final : public plugin::RequestHook, public plugin::ResponseHook, public plugin::RouteNames {
public:
    static constexpr std::string_view name = "limit";
    static constexpr std::string_view summary = "bounds the rate and the number of requests of each user on each route";

    // Never fails: what is wrong with the settings is recorded at their nodes.
    [[nodiscard]] static plugin::Checked<std::unique_ptr<Limit>> make(plugin::Setup& setup);

    plugin::Verdict on_request(plugin::Exchange& exchange) const override;
    void on_response(plugin::Exchange& exchange, plugin::ResponseHead& head) const override;
    std::vector<plugin::NamedRoute> named_routes() const override;

private:
    // Of one exchange.
    struct Grant {
        std::optional<Level> level;  // what its answer says
        Ledger::Place place;
    };

    Limit(plugin::Setup& setup, LimitSettings settings);

    [[nodiscard]] Ledger::Entry enter(plugin::Exchange const& exchange, Quota const& quota) const;
    void count_refusal(errc why) const noexcept;

    LimitSettings const settings_;
    Clock const& clock_;
    std::shared_ptr<Ledger> const ledger_;
    plugin::Slot<Grant> const grant_;
    plugin::Counter& rate_limited_;
    plugin::Counter& concurrency_limited_;
};

}  // namespace tollgate::limit
