// The files of config/ say what the program does: a change of the one without the other fails here.
#include "auth/auth_settings.hpp"
#include "settings/document.hpp"
#include "settings/settings.hpp"
#include "unit/settings/support.hpp"

#include <doctest/doctest.h>
#include <boost/json.hpp>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <tuple>

namespace tollgate::config_files_test {
namespace fs = std::filesystem;
namespace json = boost::json;
using namespace tollgate::settings;
using namespace tollgate::settings::testing;

namespace {

fs::path const config = fs::path(TOLLGATE_SOURCE_DIR) / "config";

// With what listens as the comments show it in place of the one address.
std::string with_tls(std::string const& text) {
    std::string listen;
    auto const begin = text.find("# listen:\n");
    auto const end = text.find("\n\n", begin);
    REQUIRE(end != std::string::npos);
    for (auto at = begin; at < end; at = text.find('\n', at) + 1)
        listen += text.substr(at + 2, text.find('\n', at) + 1 - at - 2);
    auto whole = text;
    return whole.replace(whole.find("listen: 127.0.0.1:8080\n"), 23, listen);
}

enum class Listens { as_it_stands, over_tls };

Loaded load_config(std::string const& name, Listens listens = Listens::as_it_stands) {
    auto const text = slurp(config / name);
    auto loaded = load_text(listens == Listens::over_tls ? with_tls(text) : text, name,
                            environment_of({{"JWT_SECRET", "q8Zt1mXv0LrNw5yBf3HsKd7PjUcGe2RaQi9oVx4T"}}));
    if (!loaded) FAIL(lines(loaded.error()));
    return std::move(*loaded);
}

auth::AuthSettings read_auth(Loaded const& loaded) {
    auto settings = auth::read_auth_settings(loaded.document->at("plugins.auth"));
    if (auto const errors = refuse_unread(*loaded.document); !errors.empty()) FAIL(lines(errors));
    REQUIRE(settings.has_value());
    return std::move(*settings);
}

// Every key that the engine and the plugins of this binary ask for in config/tollgate.yaml.
std::map<std::string, bool> keys_asked() {
    auto const loaded = load_config("tollgate.yaml", Listens::over_tls);
    (void)read_auth(loaded);
    return loaded.document->keys_asked();
}

auto tied(RouteTimeouts const& t) { return std::tie(t.connect, t.first_byte, t.gap, t.total); }
auto tied(ClientTimeouts const& t) { return std::tie(t.head, t.idle, t.stall); }
auto tied(Limits const& l) {
    return std::tie(l.head_bytes, l.fields, l.target_bytes, l.connections, l.connections_per_client);
}
auto tied(Drain const& d) { return std::tie(d.delay, d.timeout); }
auto tied(UpstreamTls const& t) { return std::tie(t.ca, t.server_name, t.certificate, t.key, t.verify, t.min_version); }
auto tied_but_names(Upstream const& u) {
    auto const& [h, e, c, q] = std::tie(u.health, u.ejection, u.connections, u.queue);
    return std::tie(q.most, q.most_per_user, q.max_wait, q.comment_interval, u.host_sent, u.balance, u.slow_start,
                    h.path, h.statuses, h.interval, h.timeout, h.healthy_after, h.unhealthy_after, e.failures,
                    e.statuses, e.first, e.longest, c.idle, c.age, c.max_idle);
}
auto tied_but_names(Route const& r) {
    return std::tie(r.host, r.methods, r.access, r.errors, r.client_authorization, r.strip_prefix, r.body_limit_bytes,
                    r.queued_comments);
}

json::object const& resolved(json::object const& root, json::object const& schema) {
    auto const* const reference = schema.if_contains("$ref");
    if (!reference) return schema;
    auto const name = std::string(reference->as_string()).substr(std::string_view("#/definitions/").size());
    return root.at("definitions").at(name).as_object();
}

// Every schema that `schema` may be: itself, or what stands in anyOf.
std::vector<json::object const*> choices(json::object const& root, json::object const& schema) {
    std::vector<json::object const*> all{&resolved(root, schema)};
    if (auto const* const any = all[0]->if_contains("anyOf")) {
        for (auto const& choice : any->as_array()) all.push_back(&resolved(root, choice.as_object()));
    }
    return all;
}

bool is_described(json::object const& root, json::object const& schema, std::string_view path) {
    if (path.empty()) return true;
    for (auto const* const choice : choices(root, schema)) {
        if (path.starts_with("[]")) {
            auto const* const items = choice->if_contains("items");
            if (items && is_described(root, items->as_object(), path.substr(2))) return true;
            continue;
        }
        if (path.starts_with('.')) path.remove_prefix(1);
        auto const end = std::min(path.find_first_of(".["), path.size());
        auto const key = path.substr(0, end);
        auto const* next = choice->if_contains(key == "*" ? "additionalProperties" : "properties");
        if (next && key != "*") next = next->as_object().if_contains(key);
        if (next && next->is_object() && is_described(root, next->as_object(), path.substr(end))) return true;
    }
    return false;
}

}  // namespace

TEST_CASE("config/tollgate.yaml says the defaults") {
    auto const loaded = load_config("tollgate.yaml");
    auto const& found = loaded.settings;
    Settings const defaults;
    CHECK(found.workers == defaults.workers);
    CHECK(found.metrics == defaults.metrics);
    CHECK(found.hsts == defaults.hsts);
    CHECK(found.trusted_proxies == defaults.trusted_proxies);
    CHECK(found.send_user_email == defaults.send_user_email);
    CHECK(tied(found.client_timeouts) == tied(defaults.client_timeouts));
    CHECK(tied(found.limits) == tied(defaults.limits));
    CHECK(tied(found.drain) == tied(defaults.drain));
    REQUIRE(found.upstreams.size() == 3);
    CHECK(tied_but_names(found.upstreams[0]) == tied_but_names(Upstream{}));
    for (auto const& upstream : found.upstreams) {
        for (auto const& server : upstream.servers) {
            CHECK(server.weight == Server{}.weight);
            CHECK(server.max_requests == Server{}.max_requests);
        }
    }
    REQUIRE(found.upstreams[2].tls.has_value());
    CHECK(tied(*found.upstreams[2].tls) == tied(UpstreamTls{}));
    REQUIRE(found.routes.size() == 1);
    CHECK(tied_but_names(found.routes[0]) == tied_but_names(Route{}));
    CHECK(tied(found.routes[0].timeouts) == tied(Route{}.timeouts));
    CHECK(found.routes[0].set_headers.empty());
}

TEST_CASE(
    "the block plugins.auth of config/tollgate.yaml says the defaults, and that of config/minimal.yaml has them") {
    for (char const* const name : {"tollgate.yaml", "minimal.yaml"}) {
        CAPTURE(name);
        auto const found = read_auth(load_config(name));
        auth::AuthSettings const defaults;
        auth::TokenSettings const tokens;
        CHECK(found.tokens.algorithm == tokens.algorithm);
        CHECK(found.tokens.lifetime == tokens.lifetime);
        CHECK(found.tokens.rules.issuer == tokens.rules.issuer);
        CHECK(found.tokens.rules.audience == tokens.rules.audience);
        CHECK(found.login_path == defaults.login_path);
        CHECK(found.me_path == defaults.me_path);
        CHECK(found.throttle == defaults.throttle);
        REQUIRE(found.users.has_value());
        CHECK(found.users->store.file == "/var/lib/tollgate/users.db");
        CHECK(found.users->bcrypt_cost == auth::UserSettings{}.bcrypt_cost);
        CHECK(found.users->store_grace == auth::UserSettings{}.store_grace);
    }
}

TEST_CASE(
    "the times and the body limit of the whole file in config/tollgate.yaml are the defaults of a route that says "
    "nothing") {
    auto text = slurp(config / "tollgate.yaml");
    auto const begin = text.find("    host: \"\"");
    auto const end = text.find("# How long is waited");
    REQUIRE(begin < end);
    text.erase(begin, end - begin);
    auto const loaded = load_text(text, "tollgate.yaml", environment_of({{"JWT_SECRET", "k"}}));
    if (!loaded) FAIL(lines(loaded.error()));
    CHECK(tied_but_names(loaded->settings.routes.at(0)) == tied_but_names(Route{}));
    CHECK(tied(loaded->settings.routes[0].timeouts) == tied(Route{}.timeouts));
}

TEST_CASE("what listens over TLS in the comments of config/tollgate.yaml says the defaults") {
    auto const listen = load_config("tollgate.yaml", Listens::over_tls).settings.listen;
    REQUIRE(listen.size() == 2);
    REQUIRE(listen[0].tls.has_value());
    CHECK(listen[0].tls->min_version == Tls{}.min_version);
    CHECK(listen[0].tls->client_auth == Tls{}.client_auth);
    CHECK(listen[0].tls->client_ca == Tls{}.client_ca);
    REQUIRE(listen[0].tls->certificates.size() == 1);
    CHECK(listen[0].tls->certificates[0].names.empty());
    CHECK_FALSE(listen[1].tls.has_value());
    CHECK(listen[1].redirect_to_https == Listen{}.redirect_to_https);
    CHECK(listen[1].proxy_protocol == Listen{}.proxy_protocol);
}

TEST_CASE("every key that the code reads stands in config/tollgate.yaml") {
    auto const asked = keys_asked();
    CHECK(asked.size() > 60);
    for (auto const& [path, present] : asked) {
        CAPTURE(path);
        CHECK(present);
    }
}

TEST_CASE("every key that the code reads is in config/tollgate.schema.json") {
    auto const schema = json::parse(slurp(config / "tollgate.schema.json"));
    auto const& root = schema.as_object();
    for (auto const& [path, present] : keys_asked()) {
        CAPTURE(path);
        CHECK(is_described(root, root, path));
    }
    CHECK_FALSE(is_described(root, root, "routes[].no_such_key"));
    CHECK_FALSE(is_described(root, root, "no_such_key"));
}

TEST_CASE("config/minimal.yaml is a guarded and an open route") {
    auto const loaded = load_config("minimal.yaml");
    auto const& settings = loaded.settings;
    CHECK(addresses(settings) == std::vector<ListenAddress>{{"127.0.0.1", 8080}});
    REQUIRE(settings.routes.size() == 2);
    CHECK(settings.routes[0].path == "/");
    CHECK(settings.routes[0].access == Access::open);
    CHECK(settings.routes[1].path == "/generate");
    CHECK(settings.routes[1].access == Access::guarded);
    REQUIRE(settings.plugins.size() == 1);
    CHECK(settings.plugins[0].second["tokens"]["lifetime"].duration({}, {}) == std::chrono::minutes(30));
    CHECK(settings.plugins[0].second["tokens"]["algorithm"].text() == "HS256");
}

TEST_CASE("config/env.example is a .env file with every variable of config/tollgate.yaml") {
    auto const parsed = parse_dotenv(slurp(config / "env.example"), "env.example");
    CHECK(lines(parsed.errors).empty());
    std::set<std::string> names;
    for (auto const& [name, value] : parsed.values) names.insert(name);
    CHECK(names == std::set<std::string>{"ACCESS_TOKEN_MINUTES", "JWT_ALGORITHM", "JWT_SECRET"});
    auto const text = slurp(config / "tollgate.yaml");
    for (auto const& name : names) CHECK(text.contains("${" + name));
}

}  // namespace tollgate::config_files_test
