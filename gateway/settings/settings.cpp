#include "settings/settings.hpp"

#include "base/file.hpp"
#include "settings/document.hpp"
#include "settings/env.hpp"
#include "settings/readers.hpp"
#include "settings/words.hpp"
#include "settings/yaml.hpp"

#include <algorithm>
#include <utility>

namespace tollgate::settings {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view plugins_key = "plugins";

// The metrics and the clients cannot have one socket.
void refuse_shared_socket(SettingsNode const& node, Settings const& settings) {
    if (!settings.metrics || settings.metrics->port == 0) return;
    if (contains(settings.listen, *settings.metrics, &Listen::address)) node.fail("the same address is in `listen`");
}

Settings read_settings(SettingsNode const& root) {
    Settings settings;
    settings.trusted_proxies = read_networks(root["trusted_proxies"]);
    settings.listen = read_listen(root.required("listen"), settings.trusted_proxies);
    settings.hsts = read_hsts(root["hsts"]);
    settings.workers = read_count(root["workers"], settings.workers, {0, 1024});
    settings.metrics = read_metrics(root["metrics"]);
    refuse_shared_socket(root["metrics"], settings);
    settings.upstreams = read_upstreams(root["upstreams"]);

    auto const timeouts = root["timeouts"];
    auto const limits = root["limits"];
    RouteDefaults defaults;
    defaults.timeouts = read_route_timeouts(timeouts, defaults.timeouts);
    defaults.body_limit_bytes = read_body_limit(limits["body"], defaults.body_limit_bytes);
    settings.routes = read_routes(root["routes"], settings.upstreams, defaults);
    settings.client_timeouts = read_client_timeouts(timeouts);
    settings.limits = read_limits(limits);

    settings.drain = read_drain(root["drain"]);
    settings.send_user_email = root["identity"]["email"].boolean(settings.send_user_email);
    settings.plugins = root[plugins_key].entries();
    return settings;
}

Checked<Loaded> read(std::string_view text, std::string const& name, Environment const& environment) {
    auto document = Document::parse(text, name, environment);
    if (!document) return std::unexpected(std::move(document).error());
    auto settings = read_settings((*document)->root());
    (*document)->refuse_unread(plugins_key);
    bool const is_whole = (*document)->errors().empty();
    return Loaded{std::move(*document), std::move(settings), is_whole};
}

Checked<Loaded> without_errors(Checked<Loaded> loaded) {
    if (!loaded) return loaded;
    if (!loaded->is_whole) return std::unexpected(loaded->document->errors());
    return loaded;
}

}  // namespace

Checked<Loaded> load_with_errors(fs::path const& file) {
    auto text = read_file(file, most_yaml_bytes);
    if (!text) return std::unexpected(SettingsErrors{{{file.string(), 0, 0}, text.error()}});
    return read(*text, file.string(), Environment::of_process(file.parent_path()));
}

Checked<Loaded> load(fs::path const& file) { return without_errors(load_with_errors(file)); }

Checked<Loaded> load_text(std::string_view text, std::string const& name, fs::path const& folder) {
    return without_errors(read(text, name, Environment::of_process(folder)));
}

Checked<Loaded> load_text(std::string_view text, std::string const& name, Environment const& environment) {
    return without_errors(read(text, name, environment));
}

SettingsErrors refuse_unread(Document& document) {
    document.refuse_unread();
    return document.errors();
}

}  // namespace tollgate::settings
