// Where clients come in, and how: `listen` and `hsts`. Whether a certificate can be used is for who reads its file.
#include "settings/readers.hpp"

#include "base/host_name.hpp"
#include "settings/words.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace tollgate::settings {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_listeners = 64;
constexpr std::size_t most_certificates = 64;
constexpr std::size_t most_names = 100;
constexpr Range<milliseconds> hsts_range{0ms, 24h * 365 * 10};

std::optional<ListenAddress> read_socket(SettingsNode const& node) {
    auto address = read_address(node.text());
    if (!address && node.present()) node.fail("expected " + std::string(address_form));
    return address;
}

// The same socket twice cannot be bound; port 0 is another one each time.
bool same_socket(ListenAddress const& a, ListenAddress const& b) { return a.port != 0 && a == b; }

// A name that clients ask for: `example.com` or `*.example.com`.
bool is_certificate_name(std::string_view name) { return is_host_name(name.starts_with("*.") ? name.substr(2) : name); }

std::string read_file_name(SettingsNode const& parent, std::string_view key) {
    auto const node = parent.required(key);
    auto name = node.text();
    if (name.empty() && node.present()) node.fail("the name of a file is empty");
    return name;
}

Certificate read_certificate(SettingsNode const& node) {
    Certificate read{.where = node.where(), .certificate = {}, .key = {}, .names = {}};
    read.certificate = read_file_name(node, "certificate");
    read.key = read_file_name(node, "key");
    auto const names = node["names"];
    if (!names.present()) return read;
    read.names = names.texts();
    if (read.names.size() > most_names) names.fail("at most " + std::to_string(most_names) + " names");
    for (auto const& name : read.names) {
        if (!is_certificate_name(name))
            names.fail(backquoted(name) + " is no name such as example.com or *.example.com");
    }
    return read;
}

std::vector<Certificate> read_certificates(SettingsNode const& node) {
    std::vector<Certificate> all;
    auto const nodes = node.items();
    if (nodes.empty()) node.fail("TLS needs at least one certificate");
    if (nodes.size() > most_certificates) node.fail("at most " + std::to_string(most_certificates) + " certificates");
    all.reserve(nodes.size());
    for (auto const& one : nodes) {
        auto read = read_certificate(one);
        if (!read.certificate.empty() && !read.key.empty()) all.push_back(std::move(read));  // else it has its error
    }
    return all;
}

Tls read_tls(SettingsNode const& node) {
    Tls read{.where = node.where(), .certificates = {}, .client_ca = {}};
    read.certificates = read_certificates(node.required("certificates"));
    read.min_version = read_tls_version(node["min_version"]);
    auto const auth = node["client_auth"];
    read.client_auth = one_of(auth, {"none", "optional", "required"}, read.client_auth);
    auto const authority = node["client_ca"];
    read.client_ca = authority.text();
    bool const asks = read.client_auth != ClientAuth::none;
    if (asks && read.client_ca.empty()) {
        auth.fail("`client_ca` must name who signs the clients' certificates");
        read.client_auth = ClientAuth::none;  // it has its error: only so that the other files can still be read
    }
    if (!asks && !read.client_ca.empty()) authority.fail("nobody is asked for a certificate: say `client_auth` too");
    return read;
}

bool read_proxy_protocol(SettingsNode const& node, std::vector<Network> const& trusted_proxies) {
    bool const wanted = node.boolean(Listen{}.proxy_protocol);
    if (wanted && trusted_proxies.empty())
        node.fail("nobody may say for whom he connects: name the balancers in `trusted_proxies`");
    return wanted;
}

std::optional<Listen> read_one(SettingsNode const& node, std::vector<Network> const& trusted_proxies) {
    auto const address = read_socket(node.is_map() ? node.required("address") : node);
    Listen read{.address = address.value_or(ListenAddress{})};
    if (node.is_map()) {
        auto const redirect = node["redirect_to_https"];
        auto const tls = node["tls"];
        if (tls.present()) read.tls = read_tls(tls);
        read.redirect_to_https = redirect.boolean(read.redirect_to_https);
        if (read.redirect_to_https && read.tls) redirect.fail("what comes over TLS is not sent to HTTPS again");
        read.proxy_protocol = read_proxy_protocol(node["proxy_protocol"], trusted_proxies);
    }
    return address ? std::optional(std::move(read)) : std::nullopt;
}

bool has_tls(Listen const& listen) { return listen.tls.has_value(); }

}  // namespace

std::vector<Listen> read_listen(SettingsNode const& node, std::vector<Network> const& trusted_proxies) {
    std::vector<Listen> all;
    auto const nodes = node.is_map() ? std::vector{node} : node.one_or_more();
    if (node.is_list() && nodes.empty()) node.fail("a gateway listens somewhere: name at least one address");
    if (nodes.size() > most_listeners) node.fail("at most " + std::to_string(most_listeners) + " addresses");
    for (auto const& one : nodes) {
        auto read = read_one(one, trusted_proxies);
        if (!read) continue;
        auto const again = [&](Listen const& other) { return same_socket(other.address, read->address); };
        if (std::ranges::any_of(all, again)) one.fail("this address is listed twice");
        all.push_back(std::move(*read));
    }
    bool const redirects = std::ranges::any_of(all, &Listen::redirect_to_https);
    if (redirects && std::ranges::none_of(all, has_tls))
        node.fail("`redirect_to_https` needs an address with `tls` to send requests to");
    return all;
}

Timeout read_hsts(SettingsNode const& node) { return node.timeout(std::nullopt, hsts_range); }

}  // namespace tollgate::settings
