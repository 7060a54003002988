// The URL of a server: `http://host:port/base`.
#include "settings/readers.hpp"

#include "base/host_name.hpp"
#include "base/path_pattern.hpp"
#include "settings/words.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace tollgate::settings {
namespace {

constexpr char const* url_form = "expected a URL such as http://127.0.0.1:8000 or http://ai:8000/v1";

using Done = std::expected<void, std::string>;

Done read_port_into(std::string_view text, Server& into) {
    auto const port = read_port(text);
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

}  // namespace

std::expected<UpstreamUrl, std::string> read_upstream_url(std::string_view text) {
    if (text.starts_with("https://")) return std::unexpected("https:// upstreams are not supported yet");
    if (text.starts_with("unix:")) return std::unexpected("unix: upstreams are not supported yet");
    constexpr std::string_view scheme = "http://";
    if (!text.starts_with(scheme)) return std::unexpected(url_form);
    text.remove_prefix(scheme.size());
    if (text.contains('?') || text.contains('#'))
        return std::unexpected("the URL of an upstream has no query and no fragment");
    auto const slash = std::min(text.find('/'), text.size());
    auto path = text.substr(slash);
    UpstreamUrl url;
    if (auto done = read_authority(text.substr(0, slash), url.server); !done)
        return std::unexpected(std::move(done).error());
    if (path.ends_with('/')) path.remove_suffix(1);
    if (path.empty()) return url;
    if (auto problem = prefix_error(path)) return std::unexpected("the path of the URL: " + *problem);
    url.base_path = path;
    return url;
}

std::string Server::authority() const {
    auto const bracketed = host.contains(':') ? '[' + host + ']' : host;
    return port == http_port ? bracketed : bracketed + ':' + std::to_string(port);
}

}  // namespace tollgate::settings
