// The configuration as typed values. Every default stands here, as a member initialiser, and nowhere else. Read once by
// load(); immutable afterwards, owned by the generation that was built from it. Blocks under `plugins:` stay nodes:
// each plugin reads its own, and has its own defaults.
#pragma once

#include "base/access.hpp"
#include "base/secret.hpp"
#include "settings/network.hpp"
#include "settings/node.hpp"

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::settings {

class Environment;

using std::chrono::milliseconds;

// nullopt: `none`, no limit.
using Timeout = std::optional<milliseconds>;

// `127.0.0.1:8080`, `[::1]:8080`, `[::]:8080` (dual-stack), `*:8080`.
struct ListenAddress {
    std::string address;
    std::uint16_t port = 0;

    auto operator<=>(ListenAddress const&) const = default;
    [[nodiscard]] std::string text() const;
    [[nodiscard]] bool is_loopback() const;
};

struct Certificate {
    Where where;
    std::string certificate;  // files in PEM
    std::string key;
    std::vector<std::string> names;  // empty: those in the certificate
};

enum class TlsVersion { tls_1_2, tls_1_3 };
enum class ClientAuth { none, optional, required };

struct Tls {
    Where where;
    std::vector<Certificate> certificates;
    TlsVersion min_version = TlsVersion::tls_1_2;
    std::string client_ca;  // a file in PEM; set unless client_auth is `none`
    ClientAuth client_auth = ClientAuth::none;
};

// Where clients come in, and how.
struct Listen {
    ListenAddress address;
    std::optional<Tls> tls{};        // none: plain
    bool redirect_to_https = false;  // of a plain one: requests are sent to the first that speaks TLS
    bool proxy_protocol = false;     // trusted proxies say first for whom they connect
};

enum class HostSent { client, upstream };

inline constexpr std::uint16_t http_port = 80;  // of a URL that names none (RFC 9110, sections 4.2.1 and 4.2.2)
inline constexpr std::uint16_t https_port = 443;

// How a server is reached.
enum class Scheme { http, https, unix_socket };

// One of the machines or processes behind an upstream.
struct Server {
    std::string host;  // a name or an address literal, without brackets; empty: `socket` is where it listens
    std::uint16_t port = http_port;
    unsigned weight = 1;                     // its share beside the others of its upstream
    std::optional<unsigned> max_requests{};  // that it is given at a time; nullopt: no limit
    Scheme scheme = Scheme::http;
    std::string socket{};  // an absolute path

    // The Host that it is told: "127.0.0.1:8000", the port left out when it is that of the scheme; "localhost" for a
    // socket.
    [[nodiscard]] std::string authority() const;

    // What it is called in logs and metrics, once in its upstream: "127.0.0.1:8000", "https://ai:8443",
    // "unix:/ai.sock".
    [[nodiscard]] std::string name() const;

    // As it is written: "http://127.0.0.1:8000/v1", "unix:/ai.sock:/v1".
    [[nodiscard]] std::string url(std::string_view path) const;
};

// How https:// servers are spoken to.
struct UpstreamTls {
    Where where;
    std::string ca{};           // a file in PEM: who may have signed their certificates; empty: whom the system trusts
    std::string server_name{};  // that is asked for (SNI) and must be in the certificate; empty: the host of each
    std::string certificate{};  // of the gateway, shown when asked for: files in PEM, both or none
    std::string key{};
    bool verify = true;  // false: anybody may answer
    TlsVersion min_version = TlsVersion::tls_1_2;
};

// How a server is chosen for a request: the one that has least to do, each in turn, or always the same for a user.
enum class Balance { least_outstanding, round_robin, user_hash };

struct StatusRange {
    unsigned least = 200;
    unsigned most = 399;

    auto operator<=>(StatusRange const&) const = default;
    [[nodiscard]] bool contains(unsigned status) const noexcept { return least <= status && status <= most; }
};

// What every server is asked from time to time.
struct HealthCheck {
    std::string path;  // as the server knows it, without the base path; empty: nothing is asked
    std::vector<StatusRange> statuses{StatusRange{}};
    milliseconds interval = std::chrono::seconds(10);
    milliseconds timeout = std::chrono::seconds(2);
    unsigned healthy_after = 2;    // good answers in a row
    unsigned unhealthy_after = 3;  // bad or missing answers in a row
};

// When a server gets no requests for a while because those that it got have failed.
struct Ejection {
    unsigned failures = 5;                // in a row
    std::vector<StatusRange> statuses{};  // of answers that count as failures too; from 500 on
    milliseconds first = std::chrono::seconds(10);
    milliseconds longest = std::chrono::minutes(5);
};

// How long and how many connections to a server are kept, by each worker.
struct Connections {
    milliseconds idle = std::chrono::seconds(4);  // uvicorn closes after 5
    Timeout age = std::chrono::minutes(10);       // older ones get no further request
    unsigned max_idle = 256;
};

// Where requests wait while every server has as many as it may have. What one minute of waiting will not serve had
// better be refused at once, and a tenth of the places is as much as one user may hold.
struct Queue {
    std::size_t most = 100;
    std::size_t most_per_user = 10;
    milliseconds max_wait = std::chrono::minutes(1);
    milliseconds comment_interval = std::chrono::seconds(15);  // on routes with queued_comments
};

inline constexpr std::size_t most_servers = 64;  // of one upstream

struct Upstream {
    std::string name;
    std::vector<Server> servers;            // at least one, each with its own name
    std::optional<UpstreamTls> tls{};       // set when a server is https://
    std::string base_path;                  // "" or "/v1": no slash at its end; the same for all of its servers
    HostSent host_sent = HostSent::client;  // whose Host header the service sees; usually `upstream` with https://
    Balance balance = Balance::least_outstanding;
    HealthCheck health;
    Ejection ejection;
    Connections connections;
    bool names_limit = false;  // `max_requests` is said, of it or of one of its servers, though it may be `none`
    Queue queue;
    milliseconds slow_start{0};  // in which a server that has come back gets more and more
};

enum class ClientAuthorization { removed, forwarded };

// Whether a client that waits for a server gets the head of an event stream, and comments, before there is an answer.
enum class QueuedComments { none, sent };

// A header that a route sets upstream. `shown` is the value as it may be printed.
struct SetHeader {
    std::string name;
    Secret value;
    std::string shown;
};

struct RouteTimeouts {
    Timeout connect = std::chrono::seconds(5);
    Timeout first_byte = std::chrono::seconds(600);  // a whole completion may be made before it
    Timeout gap = std::chrono::seconds(300);         // between two chunks of the answer
    Timeout total;
};

struct Route {
    Where where;
    std::string host;                  // empty: any
    std::string path;                  // "/generate", "/v1/models/{id}", "/files/*", "/*"
    std::vector<std::string> methods;  // empty: all but CONNECT and TRACE. GET implies HEAD: the router knows
    std::string upstream;              // a name in Settings::upstreams
    Access access = Access::guarded;
    ErrorStyle errors = ErrorStyle::problem;
    ClientAuthorization client_authorization = ClientAuthorization::removed;  // on guarded routes
    std::string strip_prefix;                                                 // "" or "/ai"
    std::vector<SetHeader> set_headers;
    std::vector<std::string> upgrades{"websocket"};  // protocols that a connection may change to
    std::vector<std::string> trailers;               // names of those that are passed on, either way
    QueuedComments queued_comments = QueuedComments::none;
    std::uint64_t body_limit_bytes = 10 * 1024 * 1024;
    RouteTimeouts timeouts;
};

struct ClientTimeouts {
    milliseconds head = std::chrono::seconds(10);  // a whole request head, and until the first one begins
    milliseconds idle = std::chrono::seconds(75);  // keep-alive, between requests
    milliseconds stall =
        std::chrono::seconds(60);  // no byte of a body taken or given by the client; see proxy/upload_rate
};

struct Limits {
    std::uint64_t head_bytes = 32 * 1024;
    std::uint64_t fields = 100;
    std::uint64_t target_bytes = 8 * 1024;
    std::uint64_t connections = 10'000;
    std::uint64_t connections_per_client = 1'000;
};

struct Drain {
    milliseconds delay{0};
    milliseconds timeout = std::chrono::seconds(30);
};

struct Settings {
    std::vector<Listen> listen;
    Timeout hsts;               // what browsers are told over TLS: for how long they ask for nothing in the clear
    std::uint64_t workers = 0;  // 0: one per usable processor (base/cpu_quota)
    std::optional<ListenAddress> metrics;
    std::vector<Upstream> upstreams;
    std::vector<Route> routes;
    ClientTimeouts client_timeouts;
    Limits limits;
    Drain drain;
    std::vector<Network> trusted_proxies;
    bool send_user_email = false;                               // X-User-Email besides X-User-Id
    std::vector<std::pair<std::string, SettingsNode>> plugins;  // in the order of the file
};

// A file that was read: the typed part, and the document that the plugins' nodes point into.
struct Loaded {
    std::shared_ptr<Document> document;
    Settings settings;
    bool is_whole = true;  // false: some of the settings are not what was meant, and routes with errors are left out
};

// Reads and checks `file`. Routes are checked for sense one by one (a path that cannot match, an unknown upstream), not
// against each other: that is the router's. Unknown keys outside `plugins:` are errors of this call; those inside are
// found by refuse_unread() once the plugins have read theirs.
[[nodiscard]] Checked<Loaded> load(std::filesystem::path const& file);

// The same from text, for tests and `init`. `name` stands for the file in positions; `.env` is looked for in `folder`,
// or the values of substitutions come from `environment`.
[[nodiscard]] Checked<Loaded> load_text(std::string_view text, std::string const& name,
                                        std::filesystem::path const& folder);
[[nodiscard]] Checked<Loaded> load_text(std::string_view text, std::string const& name, Environment const& environment);

// As load(), but only a file that cannot be parsed is an error: all other errors stay in the document, so that
// refuse_unread() reports them together with those that the plugins find. Settings with errors serve for that alone.
[[nodiscard]] Checked<Loaded> load_with_errors(std::filesystem::path const& file);

// All errors recorded in the document so far, unknown keys under `plugins:` included, by position; empty when all is
// well.
[[nodiscard]] SettingsErrors refuse_unread(Document& document);

}  // namespace tollgate::settings
