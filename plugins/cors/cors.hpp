// The plugin `cors`: which pages of other origins may call what is behind this gateway (Fetch standard, section 3.2).
// It answers preflights, which carry no token, before anybody asks for one; and it alone says Access-Control-* on every
// answer: what the service says of that is removed. A browser enforces it, nobody else does: this protects users of
// browsers, not the service.
#pragma once

#include "cors/cors_settings.hpp"
#include "plugin/plugin.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::cors {

class Cors final : public plugin::PreflightHook, public plugin::ResponseHook {
public:
    static constexpr std::string_view name = "cors";
    static constexpr std::string_view summary = "lets web pages of other origins call the service";

    // Never fails: what is wrong with the settings is recorded at their nodes.
    [[nodiscard]] static plugin::Checked<std::unique_ptr<Cors>> make(plugin::Setup& setup);

    // Every preflight is answered, with what is allowed or with nothing: none reaches the service.
    [[nodiscard]] std::optional<plugin::Reply> on_preflight(plugin::Exchange& exchange) const override;
    void on_response(plugin::Exchange& exchange, plugin::ResponseHead& head) const override;

private:
    // Of one exchange.
    struct Progress {
        bool preflight_answered = false;
    };

    Cors(plugin::Setup& setup, CorsSettings settings);

    [[nodiscard]] std::string_view allowed_origin(http::FieldList const& request) const noexcept;

    CorsSettings const settings_;
    std::string const expose_;   // as a list
    std::string const max_age_;  // in seconds
    plugin::Slot<Progress> const progress_;
};

}  // namespace tollgate::cors
