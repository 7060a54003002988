// A generation out of the text of a configuration, with the plugin `gate`, for the tests of what only looks at one.
#pragma once

#include "proxy/generation.hpp"
#include "server/check_services.hpp"
#include "settings/env.hpp"
#include "unit/server/gate.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::testing {

struct MadeGeneration {
    explicit MadeGeneration(std::string const& text) : types{plugin::plugin_type<Gate>()} {
        settings::Environment const environment(
            [](std::string const& name) {
                return name == "API_KEY" ? std::optional<std::string>("sk-real") : std::nullopt;
            },
            {});
        auto loaded = settings::load_text(text, "tollgate.yaml", environment);
        if (!loaded) FAIL(loaded.error().front().line());
        auto made = proxy::Generation::create(std::move(*loaded), types, services);
        if (!made) FAIL(made.error().front().line());
        generation = std::move(*made);
    }

    std::vector<plugin::PluginType> types;
    server::CheckServices services;
    std::shared_ptr<proxy::Generation> generation;
};

}  // namespace tollgate::testing
