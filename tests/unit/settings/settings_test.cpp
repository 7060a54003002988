#include "settings/settings.hpp"

#include "settings/document.hpp"
#include "unit/settings/support.hpp"

#include <doctest/doctest.h>

namespace tollgate::settings_test {
using namespace tollgate::settings;
using namespace tollgate::settings::testing;
using namespace std::chrono_literals;

namespace {

Loaded loaded(std::string const& text, Table table = {}) {
    auto result = load_text("listen: 127.0.0.1:8080\n" + text, "t.yaml", environment_of(std::move(table)));
    if (!result) FAIL(lines(result.error()));
    return std::move(*result);
}

std::vector<std::string> names(std::vector<Network> const& networks) {
    std::vector<std::string> all;
    for (auto const& network : networks)
        all.push_back(std::visit([](auto const& n) { return n.to_string(); }, network));
    return all;
}

}  // namespace

TEST_CASE("only listen is needed, and everything else has its default") {
    auto const settings = loaded("").settings;
    CHECK(addresses(settings) == std::vector<ListenAddress>{{"127.0.0.1", 8080}});
    CHECK_FALSE(settings.listen[0].tls.has_value());
    CHECK_FALSE(settings.listen[0].redirect_to_https);
    CHECK_FALSE(settings.hsts.has_value());
    CHECK(settings.workers == 0);
    CHECK_FALSE(settings.metrics.has_value());
    CHECK(settings.upstreams.empty());
    CHECK(settings.routes.empty());
    CHECK(settings.trusted_proxies.empty());
    CHECK_FALSE(settings.send_user_email);
    CHECK(settings.plugins.empty());
}

TEST_CASE("listening addresses are literals with a port, or any") {
    auto const result =
        load_text("listen: ['[::1]:8080', '[::]:80', '*:0', '*:0', 0.0.0.0:65535]", "t.yaml", environment_of({}));
    REQUIRE(result.has_value());
    auto const listen = addresses(result->settings);
    CHECK(listen == std::vector<ListenAddress>{{"::1", 8080}, {"::", 80}, {"*", 0}, {"*", 0}, {"0.0.0.0", 65535}});
    CHECK(listen[0].text() == "[::1]:8080");
    CHECK(listen[2].text() == "*:0");
    CHECK(listen[0].is_loopback());
    CHECK_FALSE(listen[1].is_loopback());
    CHECK_FALSE(listen[2].is_loopback());
    CHECK(ListenAddress{"127.8.9.1", 1}.is_loopback());
}

TEST_CASE("upstreams are URLs, in the order of the file") {
    auto const settings = loaded(
                              "upstreams:\n  z: http://Ai.Example\n  a: {url: 'http://[::1]:8000/v1/', host: "
                              "upstream}\n  m: http://10.0.0.1:80/a/b\n")
                              .settings;
    REQUIRE(settings.upstreams.size() == 3);
    auto const& [z, a, m] = std::tie(settings.upstreams[0], settings.upstreams[1], settings.upstreams[2]);
    CHECK(z.name == "z");
    REQUIRE(z.servers.size() == 1);
    CHECK(z.servers[0].host == "ai.example");
    CHECK(z.servers[0].port == 80);
    CHECK(z.base_path.empty());
    CHECK(z.host_sent == HostSent::client);
    CHECK(z.servers[0].authority() == "ai.example");
    CHECK(a.servers[0].host == "::1");
    CHECK(a.base_path == "/v1");
    CHECK(a.host_sent == HostSent::upstream);
    CHECK(a.servers[0].authority() == "[::1]:8000");
    CHECK(m.base_path == "/a/b");
    CHECK(m.servers[0].authority() == "10.0.0.1");
}

TEST_CASE("an upstream has several servers with one path, and says how they are chosen and when they are well") {
    auto const settings =
        loaded(
            "upstreams:\n  ai:\n    servers: [http://a:8000/v1, {url: 'http://b:8000/v1/', weight: 3}]\n"
            "    balance: user_hash\n    slow_start: 30s\n"
            "    health: {path: '/healthz?full=1', status: [200, 300-399], interval: 1s, timeout: 500ms, "
            "healthy_after: "
            "1, "
            "unhealthy_after: 4}\n"
            "    ejection: {failures: 7, statuses: [502, 504-599], first: 2s, longest: 1m}\n"
            "    connections: {idle: 1s, age: none, max_idle: 0}\n"
            "  one: {servers: http://c, connections: {age: 1h}}\n")
            .settings;
    auto const& [ai, one] = std::tie(settings.upstreams.at(0), settings.upstreams.at(1));
    REQUIRE(ai.servers.size() == 2);
    CHECK(ai.servers[0].authority() == "a:8000");
    CHECK(ai.servers[0].weight == 1);
    CHECK(ai.servers[1].authority() == "b:8000");
    CHECK(ai.servers[1].weight == 3);
    CHECK(ai.base_path == "/v1");
    CHECK(ai.balance == Balance::user_hash);
    CHECK(ai.slow_start == 30s);
    CHECK(ai.health.path == "/healthz?full=1");
    CHECK(ai.health.statuses == std::vector<StatusRange>{{200, 200}, {300, 399}});
    CHECK(ai.health.interval == 1s);
    CHECK(ai.health.timeout == 500ms);
    CHECK(ai.health.healthy_after == 1);
    CHECK(ai.health.unhealthy_after == 4);
    CHECK(ai.ejection.failures == 7);
    CHECK(ai.ejection.statuses == std::vector<StatusRange>{{502, 502}, {504, 599}});
    CHECK(ai.ejection.first == 2s);
    CHECK(ai.ejection.longest == 1min);
    REQUIRE(one.servers.size() == 1);
    CHECK(one.servers[0].host == "c");
    CHECK(one.health.path.empty());
    CHECK(one.ejection.statuses.empty());
    CHECK(ai.connections.idle == 1s);
    CHECK_FALSE(ai.connections.age.has_value());
    CHECK(ai.connections.max_idle == 0);
    CHECK(one.connections.idle == 4s);
    CHECK(one.connections.age == 1h);
    CHECK(one.connections.max_idle == 256);
}

TEST_CASE("a server is reached over http, https or a socket") {
    struct {
        char const* url;
        Scheme scheme;
        char const* host;
        unsigned port;
        char const* socket;
        char const* base_path;
        char const* authority;
        char const* name;
        char const* written;
    } const rows[] = {
        {"http://A", Scheme::http, "a", 80, "", "", "a", "a", "http://a"},
        {"http://a:443/v1", Scheme::http, "a", 443, "", "/v1", "a:443", "a:443", "http://a:443/v1"},
        {"https://A", Scheme::https, "a", 443, "", "", "a", "https://a", "https://a"},
        {"https://a:80/", Scheme::https, "a", 80, "", "", "a:80", "https://a:80", "https://a:80"},
        {"https://a:443/v1/", Scheme::https, "a", 443, "", "/v1", "a", "https://a", "https://a/v1"},
        {"https://[::1]:8443/v1", Scheme::https, "::1", 8443, "", "/v1", "[::1]:8443", "https://[::1]:8443",
         "https://[::1]:8443/v1"},
        {"unix:/run/Ai.sock", Scheme::unix_socket, "", 80, "/run/Ai.sock", "", "localhost", "unix:/run/Ai.sock",
         "unix:/run/Ai.sock"},
        {"unix:/a:/v1/", Scheme::unix_socket, "", 80, "/a", "/v1", "localhost", "unix:/a", "unix:/a:/v1"},
        {"unix:/a:/", Scheme::unix_socket, "", 80, "/a", "", "localhost", "unix:/a", "unix:/a"},
    };
    for (auto const& row : rows) {
        CAPTURE(row.url);
        auto const settings = loaded("upstreams: {ai: '" + std::string(row.url) + "'}\n").settings;
        auto const& upstream = settings.upstreams.at(0);
        auto const& server = upstream.servers.at(0);
        CHECK(server.scheme == row.scheme);
        CHECK(server.host == row.host);
        CHECK(server.port == row.port);
        CHECK(server.socket == row.socket);
        CHECK(upstream.base_path == row.base_path);
        CHECK(server.authority() == row.authority);
        CHECK(server.name() == row.name);
        CHECK(server.url(upstream.base_path) == row.written);
        CHECK(upstream.tls.has_value() == (row.scheme == Scheme::https));
    }
}

TEST_CASE("an upstream that speaks TLS verifies, with the authorities of the system, unless it says otherwise") {
    auto const settings = loaded(
                              "upstreams:\n  usual: https://a\n  empty: {url: https://a, tls: }\n"
                              "  own: {servers: [https://a, 'unix:/b'], tls: {ca: ca.pem, server_name: 127.0.0.1, "
                              "certificate: c.pem, key: k.pem, verify: false, min_version: '1.3'}}\n")
                              .settings;
    for (auto const& upstream : {settings.upstreams.at(0), settings.upstreams.at(1)}) {
        REQUIRE(upstream.tls.has_value());
        CHECK(upstream.host_sent == HostSent::upstream);  // a client does not choose who is asked behind a front
        CHECK(upstream.tls->ca.empty());
        CHECK(upstream.tls->server_name.empty());
        CHECK(upstream.tls->certificate.empty());
        CHECK(upstream.tls->key.empty());
        CHECK(upstream.tls->verify);
        CHECK(upstream.tls->min_version == TlsVersion::tls_1_2);
    }
    auto const& own = settings.upstreams.at(2).tls;
    REQUIRE(own.has_value());
    CHECK(own->ca == "ca.pem");
    CHECK(own->server_name == "127.0.0.1");
    CHECK(own->certificate == "c.pem");
    CHECK(own->key == "k.pem");
    CHECK_FALSE(own->verify);
    CHECK(own->min_version == TlsVersion::tls_1_3);
    CHECK(own->where.line == 5);
}

TEST_CASE("a server takes as many requests as it says, or as its upstream says; the rest waits in a bounded queue") {
    auto const settings =
        loaded(
            "upstreams:\n"
            "  gpu:\n    servers: [http://a, {url: http://b, max_requests: 4}, {url: http://c, max_requests: none}]\n"
            "    max_requests: 2\n"
            "    queue: {most: 0, most_per_user: 3, max_wait: 5m, comment_interval: 1s}\n"
            "  some: {servers: [http://a, {url: http://b, max_requests: 1}]}\n"
            "  free: http://c\n"
            "routes:\n  - {path: /a, upstream: gpu, queued_comments: true}\n  - {path: /b, upstream: gpu}\n")
            .settings;
    auto const limits = [](Upstream const& upstream) {
        std::vector<std::optional<unsigned>> all;
        for (auto const& server : upstream.servers) all.push_back(server.max_requests);
        return all;
    };
    using Limits = std::vector<std::optional<unsigned>>;
    auto const& [gpu, some, free] =
        std::tie(settings.upstreams.at(0), settings.upstreams.at(1), settings.upstreams.at(2));
    CHECK(limits(gpu) == Limits{2, 4, std::nullopt});
    CHECK(limits(some) == Limits{std::nullopt, 1});
    CHECK(limits(free) == Limits{std::nullopt});
    CHECK(gpu.queue.most == 0);
    CHECK(gpu.queue.most_per_user == 3);
    CHECK(gpu.queue.max_wait == 5min);
    CHECK(gpu.queue.comment_interval == 1s);
    CHECK(free.queue.most == 100);
    CHECK(free.queue.most_per_user == 10);
    CHECK(free.queue.max_wait == 1min);
    CHECK(free.queue.comment_interval == 15s);
    CHECK(settings.routes.at(0).queued_comments == QueuedComments::sent);
    CHECK(settings.routes.at(1).queued_comments == QueuedComments::none);
}

TEST_CASE("a route is guarded unless it says otherwise") {
    auto const settings = loaded(
                              "upstreams: {ai: http://ai}\nroutes:\n  - {path: /, upstream: ai}\n  - {path: /open, "
                              "upstream: ai, protected: false}\n")
                              .settings;
    REQUIRE(settings.routes.size() == 2);
    CHECK(settings.routes[0].access == Access::guarded);
    CHECK(settings.routes[1].access == Access::open);
    CHECK(settings.routes[0].where.line == 4);
    CHECK(settings.routes[0].where.file == "t.yaml");
}

TEST_CASE("every key of a route is taken") {
    auto const result = loaded(
        "upstreams: {ai: http://ai}\n"
        "routes:\n"
        "  - path: /ai/{id}/*\n    host: Api.Example.com\n    methods: [GET, POST]\n    upstream: ai\n    errors: "
        "openai\n"
        "    forward_authorization: true\n    strip_prefix: /ai\n    body_limit: 1KiB\n"
        "    set_headers: {Authorization: 'Bearer ${KEY}', X-Team: a}\n"
        "    timeouts: {connect: 1s, first_byte: none, gap: 2s, total: 3s}\n",
        {{"KEY", "hunter2"}});
    auto const& route = result.settings.routes.at(0);
    CHECK(route.host == "api.example.com");
    CHECK(route.path == "/ai/{id}/*");
    CHECK(route.methods == std::vector<std::string>{"GET", "POST"});
    CHECK(route.errors == ErrorStyle::openai);
    CHECK(route.client_authorization == ClientAuthorization::forwarded);
    CHECK(route.strip_prefix == "/ai");
    CHECK(route.body_limit_bytes == 1024);
    REQUIRE(route.set_headers.size() == 2);
    CHECK(route.set_headers[0].name == "Authorization");
    CHECK(route.set_headers[0].value.reveal() == "Bearer hunter2");
    CHECK(route.set_headers[0].shown == "Bearer ${KEY}");
    CHECK(route.set_headers[1].shown == "a");
    CHECK(route.timeouts.connect == Timeout(1s));
    CHECK(route.timeouts.first_byte == std::nullopt);
    CHECK(route.timeouts.gap == Timeout(2s));
    CHECK(route.timeouts.total == Timeout(3s));
}

TEST_CASE("timeouts and the body limit of the whole file are defaults of its routes") {
    auto const settings = loaded(
                              "upstreams: {ai: http://ai}\ntimeouts: {connect: 1s, gap: none, head: 3s, idle: 4s, "
                              "stall: 6s}\nlimits: {body: 5KiB}\n"
                              "routes:\n  - {path: /a, upstream: ai}\n  - {path: /b, upstream: ai, body_limit: 6KiB, "
                              "timeouts: {gap: 7s}}\n")
                              .settings;
    auto const& [a, b] = std::tie(settings.routes.at(0), settings.routes.at(1));
    CHECK(a.timeouts.connect == Timeout(1s));
    CHECK(a.timeouts.first_byte == RouteTimeouts{}.first_byte);
    CHECK(a.timeouts.gap == std::nullopt);
    CHECK(a.body_limit_bytes == 5120);
    CHECK(b.timeouts.connect == Timeout(1s));
    CHECK(b.timeouts.gap == Timeout(7s));
    CHECK(b.body_limit_bytes == 6144);
    CHECK(settings.client_timeouts.head == 3s);
    CHECK(settings.client_timeouts.idle == 4s);
    CHECK(settings.client_timeouts.stall == 6s);
}

TEST_CASE("the other blocks are taken") {
    auto const settings = loaded(
                              "workers: 3\nmetrics: 127.0.0.1:9090\nlimits: {head: 16KiB, fields: 50, target: 4KiB, "
                              "connections: 7, connections_per_client: 2}\n"
                              "drain: {delay: 5s, timeout: 1m}\ntrusted_proxies: [10.0.0.0/8, 192.168.1.7, '::1', "
                              "'fd00::/8']\nidentity: {email: true}\n")
                              .settings;
    CHECK(settings.workers == 3);
    CHECK(settings.metrics == ListenAddress{"127.0.0.1", 9090});
    CHECK(settings.limits.head_bytes == 16'384);
    CHECK(settings.limits.fields == 50);
    CHECK(settings.limits.target_bytes == 4096);
    CHECK(settings.limits.connections == 7);
    CHECK(settings.limits.connections_per_client == 2);
    CHECK(settings.drain.delay == 5s);
    CHECK(settings.drain.timeout == 60s);
    CHECK(names(settings.trusted_proxies) ==
          std::vector<std::string>{"10.0.0.0/8", "192.168.1.7/32", "::1/128", "fd00::/8"});
    CHECK(settings.send_user_email);
}

TEST_CASE("plugins keep the order of the file, and their unknown keys are found when they have read theirs") {
    auto const result = loaded("plugins:\n  usage: {}\n  auth: {tokens: {secret: abc}, toknes: {}}\n  limit:\n");
    auto const& plugins = result.settings.plugins;
    REQUIRE(plugins.size() == 3);
    CHECK(plugins[0].first == "usage");
    CHECK(plugins[1].first == "auth");
    CHECK(plugins[2].first == "limit");
    CHECK(plugins[2].second.present());
    CHECK(plugins[1].second["tokens"]["secret"].secret().reveal() == "abc");
    CHECK(lines(refuse_unread(*result.document)) == "t.yaml:4:33: unknown key `toknes`: did you mean `tokens`?\n");
}

TEST_CASE("lines may end as on Windows, and no other control character stands in a file") {
    auto const settings = loaded("workers: 2\r\ndrain:\r\n  delay: 5s\t# soon\r\n").settings;
    CHECK(settings.workers == 2);
    CHECK(settings.drain.delay == 5s);
    for (char const c : {'\x01', '\b', '\v', '\x1b', '\x7f'}) {
        CAPTURE(static_cast<int>(c));
        auto const result = load_text(std::string("listen: a") + c + "\n", "t.yaml", environment_of({}));
        REQUIRE_FALSE(result.has_value());
        CHECK(lines(result.error()) == "t.yaml:1:10: a control character: the file must be UTF-8 text\n");
    }
}

TEST_CASE("a file is loaded with .env beside it, and errors carry its name") {
    Folder const folder;
    folder.write(".env", "PORT=8081\n");
    folder.write("good.yaml", "listen: 127.0.0.1:${PORT}\n");
    folder.write("bad.yaml", "listen: 127.0.0.1:${PORT}\nworkers: x\n");
    auto const good = load(folder.path() / "good.yaml");
    REQUIRE(good.has_value());
    CHECK(addresses(good->settings) == std::vector<ListenAddress>{{"127.0.0.1", 8081}});
    auto const bad = load(folder.path() / "bad.yaml");
    REQUIRE_FALSE(bad.has_value());
    CHECK(lines(bad.error()) ==
          (folder.path() / "bad.yaml").string() + ":2:10: expected a whole number from 0 to 1024, found `x`\n");
}

TEST_CASE("errors of .env are reported with those of the file") {
    Folder const folder;
    folder.write(".env", "A=1\nB = hunter2\n");
    folder.write("t.yaml", "listen: ${A}\n");
    auto const result = load(folder.path() / "t.yaml");
    REQUIRE_FALSE(result.has_value());
    auto const path = folder.path().string();
    CHECK(lines(result.error()) ==
          path + "/.env:2: the name must be letters, digits and `_`, with no space before `=`\n" + path +
              "/t.yaml:1:9: expected an address and a port such as 127.0.0.1:8080, [::1]:8080 or *:8080; names are not "
              "resolved\n");
}

TEST_CASE("a file that cannot be read is one error") {
    Folder const folder;
    auto const path = (folder.path() / "gone.yaml").string();
    auto const gone = load(path);
    REQUIRE_FALSE(gone.has_value());
    CHECK(lines(gone.error()) == path + ": cannot be read: No such file or directory\n");
    CHECK_FALSE(load(folder.path()).has_value());
}

TEST_CASE("errors that leave a document can be reported together with those of the plugins") {
    Folder const folder;
    folder.write("t.yaml", "workers: x\nplugins: {auth: {a: 1}}\n");
    auto const result = load_with_errors(folder.path() / "t.yaml");
    REQUIRE(result.has_value());
    auto const path = (folder.path() / "t.yaml").string();
    CHECK(lines(refuse_unread(*result->document)) == path + ":1:1: missing key `listen`\n" + path +
                                                         ":1:10: expected a whole number from 0 to 1024, found `x`\n" +
                                                         path + ":2:18: unknown key `a`\n");
}

}  // namespace tollgate::settings_test
