// A plugin for the tests of verbs: it provides identities, has an open endpoint POST /login, and two verbs.
#pragma once

#include "plugin/plugin.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::testing {

class Gate final : public plugin::RequestHook,
                   public plugin::FinishHook,
                   public plugin::Endpoints,
                   public plugin::Endpoint {
public:
    static constexpr std::string_view name = "gate";
    static constexpr std::string_view summary = "lets in whoever knows the word";
    static constexpr auto identity_role = plugin::IdentityRole::provides;

    [[nodiscard]] static plugin::Checked<std::unique_ptr<Gate>> make(plugin::Setup& setup) {
        (void)setup.settings["word"].secret();
        return std::make_unique<Gate>();
    }
    [[nodiscard]] static std::vector<plugin::Verb> verbs() {
        return {{.words = {"word", "show"},
                 .summary = "show the word and what was asked",
                 .positionals = {"NAME", "GREETING"},
                 .flags = {{"--loud", "shout"}, {"--twice", "say it again"}},
                 .run = show},
                {.words = {"word", "fail"}, .summary = "fail", .positionals = {}, .flags = {}, .run = fail}};
    }

    plugin::Verdict on_request(plugin::Exchange&) const override { return plugin::Verdict::pass(); }
    void on_finish(plugin::Exchange const&, plugin::Summary const&) const noexcept override {}
    [[nodiscard]] std::vector<plugin::EndpointRoute> endpoints() const override {
        return {{"POST", "/login", Access::open, this}};
    }
    [[nodiscard]] std::size_t body_limit() const override { return 1024; }
    boost::asio::awaitable<plugin::Reply> serve(plugin::Exchange&, std::string) const override {
        co_return plugin::Reply{};
    }

private:
    static int show(plugin::SettingsNode settings, plugin::VerbArguments const& arguments) {
        std::string line = settings["word"].text();
        for (auto const& list : {arguments.positionals, arguments.flags}) {
            for (auto const& one : list) line += '|' + one;
        }
        std::puts(line.c_str());
        return 0;
    }
    static int fail(plugin::SettingsNode settings, plugin::VerbArguments const&) {
        (void)settings["word"].integer(0, {});
        return 1;
    }
};

}  // namespace tollgate::testing
