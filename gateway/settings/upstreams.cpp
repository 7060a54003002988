// The services behind: `name: http://host:port/base`, or a map when more than the URL is said.
#include "settings/readers.hpp"

#include "base/host_name.hpp"
#include "base/path_pattern.hpp"
#include "settings/words.hpp"

#include <algorithm>
#include <cstddef>
#include <expected>
#include <utility>

namespace tollgate::settings {
namespace {

constexpr std::size_t most_upstreams = 1000;
constexpr std::size_t most_name_bytes = 64;
constexpr char const* url_form = "expected a URL such as http://127.0.0.1:8000 or http://ai:8000/v1";

using Done = std::expected<void, std::string>;

bool is_name(std::string_view text) { return text.size() <= most_name_bytes && is_host_name(text); }

Done read_port_into(std::string_view text, Upstream& into) {
    auto const port = read_port(text);
    if (!port || *port == 0) return std::unexpected("the port must be a number from 1 to 65535");
    into.port = *port;
    return {};
}

// host[:port] or [v6][:port] (RFC 3986, section 3.2), without user information.
Done read_authority(std::string_view text, Upstream& into) {
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

Done read_url(std::string_view text, Upstream& into) {
    if (text.starts_with("https://")) return std::unexpected("https:// upstreams are not supported yet");
    if (text.starts_with("unix:")) return std::unexpected("unix: upstreams are not supported yet");
    constexpr std::string_view scheme = "http://";
    if (!text.starts_with(scheme)) return std::unexpected(url_form);
    text.remove_prefix(scheme.size());
    if (text.contains('?') || text.contains('#'))
        return std::unexpected("the URL of an upstream has no query and no fragment");
    auto const slash = std::min(text.find('/'), text.size());
    auto path = text.substr(slash);
    if (auto done = read_authority(text.substr(0, slash), into); !done) return done;
    if (path.ends_with('/')) path.remove_suffix(1);
    if (path.empty()) return {};
    if (auto problem = prefix_error(path)) return std::unexpected("the path of the URL: " + *problem);
    into.base_path = path;
    return {};
}

Upstream read_upstream(std::string const& name, SettingsNode const& node) {
    Upstream upstream;
    upstream.name = name;
    auto const url = node.is_map() ? node.required("url") : node;
    if (auto const done = read_url(url.text(), upstream); !done) url.fail(done.error());
    if (node.is_map()) upstream.host_sent = one_of(node["host"], {"client", "upstream"}, upstream.host_sent);
    return upstream;
}

}  // namespace

std::string Upstream::authority() const {
    auto const bracketed = host.contains(':') ? '[' + host + ']' : host;
    return port == http_port ? bracketed : bracketed + ':' + std::to_string(port);
}

std::vector<Upstream> read_upstreams(SettingsNode const& node) {
    std::vector<Upstream> upstreams;
    auto const entries = node.entries();
    if (entries.size() > most_upstreams) node.fail("at most " + std::to_string(most_upstreams) + " upstreams");
    for (auto const& [name, one] : entries) {
        if (!is_name(name)) {
            one.fail("the name of an upstream is 1 to 64 letters, digits, `-`, `_` and `.`");
        }
        upstreams.push_back(read_upstream(name, one));
    }
    return upstreams;
}

}  // namespace tollgate::settings
