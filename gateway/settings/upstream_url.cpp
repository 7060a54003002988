// The URL of a server: `http://host:port/base`, `https://host:port/base` or `unix:/path/to.sock:/base`.
#include "settings/readers.hpp"

#include "base/host_name.hpp"
#include "base/path_pattern.hpp"
#include "settings/words.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace tollgate::settings {
namespace {

constexpr char const* url_form =
    "expected a URL such as http://127.0.0.1:8000, https://ai.example/v1 or unix:/run/ai.sock";
constexpr char const* socket_form =
    "expected unix: and an absolute path, such as unix:/run/ai.sock or unix:/run/ai.sock:/v1";
constexpr std::string_view unix_scheme = "unix:";
constexpr std::size_t most_socket_bytes = 107;  // that a sockaddr_un takes, without its final zero

using Done = std::expected<void, std::string>;

Done read_port_into(std::string_view text, Server& into) {
    auto const port = read_uint16(text);
    if (!port || *port == 0) return std::unexpected("the port must be a number from 1 to 65535");
    into.port = *port;
    return {};
}

// host[:port] or [v6][:port] (RFC 3986, section 3.2), without user information.
Done read_authority(std::string_view text, Server& into) {
    if (text.contains('@'))
        return std::unexpected("a user or password in the URL is not supported: use set_headers of a route");
    auto const bracketed = text.starts_with('[');
    auto const end = bracketed ? text.find(']') : text.find(':');
    if (bracketed && end == std::string_view::npos) return std::unexpected(url_form);
    auto const host = bracketed ? text.substr(1, end - 1) : text.substr(0, end);
    if (bracketed ? !is_ipv6(host) : !is_host_name(host)) return std::unexpected(url_form);
    into.host = lowered(host);
    auto const rest = bracketed ? text.substr(end + 1) : text.substr(std::min(end, text.size()));
    if (rest.empty()) return {};
    if (!rest.starts_with(':')) return std::unexpected(url_form);
    return read_port_into(rest.substr(1), into);
}

Done read_base_path(std::string_view path, UpstreamUrl& into) {
    if (path.ends_with('/')) path.remove_suffix(1);
    if (path.empty()) return {};
    if (auto problem = prefix_error(path)) return std::unexpected("the path of the URL: " + *problem);
    into.base_path = path;
    return {};
}

// host and path behind `http://` or `https://`.
Done read_remote(std::string_view text, UpstreamUrl& into) {
    auto const slash = std::min(text.find('/'), text.size());
    if (auto done = read_authority(text.substr(0, slash), into.server); !done) return done;
    return read_base_path(text.substr(slash), into);
}

// A path in the file system; what comes behind a colon is the base path.
Done read_socket(std::string_view text, UpstreamUrl& into) {
    auto const colon = std::min(text.find(':'), text.size());
    auto const path = text.substr(0, colon);
    bool const visible = std::ranges::all_of(path, [](char c) { return c > 0x20 && c < 0x7f; });
    if (!visible || !path.starts_with('/') || path.starts_with("//") || path.ends_with('/'))
        return std::unexpected(socket_form);
    if (path.size() > most_socket_bytes)
        return std::unexpected("the path of a socket has at most " + std::to_string(most_socket_bytes) + " bytes");
    into.server.scheme = Scheme::unix_socket;
    into.server.socket = path;
    if (colon == text.size()) return {};
    auto const base = text.substr(colon + 1);
    if (!base.starts_with('/')) return std::unexpected(socket_form);
    return read_base_path(base, into);
}

struct Known {
    std::string_view prefix;
    Scheme scheme;
    std::uint16_t port;
};
constexpr std::array known{Known{"http://", Scheme::http, http_port}, Known{"https://", Scheme::https, https_port}};

Done read_any(std::string_view text, UpstreamUrl& into) {
    if (text.starts_with(unix_scheme)) return read_socket(text.substr(unix_scheme.size()), into);
    for (auto const& one : known) {
        if (!text.starts_with(one.prefix)) continue;
        into.server.scheme = one.scheme;
        into.server.port = one.port;
        return read_remote(text.substr(one.prefix.size()), into);
    }
    return std::unexpected(url_form);
}

std::uint16_t usual_port(Scheme scheme) { return scheme == Scheme::https ? https_port : http_port; }

}  // namespace

std::expected<UpstreamUrl, std::string> read_upstream_url(std::string_view text) {
    UpstreamUrl url;
    bool const is_url = text.starts_with(unix_scheme) || text.contains("://");
    if (is_url && (text.contains('?') || text.contains('#')))
        return std::unexpected("the URL of an upstream has no query and no fragment");
    if (auto done = read_any(text, url); !done) return std::unexpected(std::move(done).error());
    return url;
}

std::string Server::authority() const {
    if (scheme == Scheme::unix_socket) return "localhost";
    auto const bracketed = host.contains(':') ? '[' + host + ']' : host;
    return port == usual_port(scheme) ? bracketed : bracketed + ':' + std::to_string(port);
}

std::string Server::name() const {
    switch (scheme) {
        case Scheme::http: return authority();
        case Scheme::https: return "https://" + authority();
        case Scheme::unix_socket: return std::string(unix_scheme) + socket;
    }
    return {};
}

std::string Server::url(std::string_view path) const {
    auto text = scheme == Scheme::http ? "http://" + name() : name();
    if (scheme == Scheme::unix_socket && !path.empty()) text += ':';
    return text.append(path);
}

}  // namespace tollgate::settings
