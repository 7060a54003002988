// How the https:// servers of an upstream are spoken to: the block `tls`. Whether its files can be used is for who
// reads them.
#include "settings/readers.hpp"

#include "base/host_name.hpp"
#include "settings/words.hpp"

namespace tollgate::settings {
namespace {

std::string read_name(SettingsNode const& node) {
    auto name = node.text();
    if (!name.empty() && !is_host_name(name) && !is_ipv6(name))
        node.fail("expected a name such as ai.example or an address, as it stands in the certificate");
    return name;
}

}  // namespace

std::optional<UpstreamTls> read_upstream_tls(SettingsNode const& upstream, std::vector<Server> const& servers) {
    bool const speaks_tls = contains(servers, Scheme::https, &Server::scheme);
    auto const node = upstream.is_map() ? upstream["tls"] : upstream;
    if (!speaks_tls) {
        if (upstream.is_map() && node.present()) node.fail("`tls` is for https:// servers, and this upstream has none");
        return std::nullopt;
    }
    UpstreamTls read{.where = node.where()};
    if (!node.is_map()) {
        if (upstream.is_map() && node.present()) (void)node.entries();  // says what it should be
        return read;
    }
    read.ca = node["ca"].text();
    read.server_name = read_name(node["server_name"]);
    auto const certificate = node["certificate"];
    auto const key = node["key"];
    read.certificate = certificate.text();
    read.key = key.text();
    read.verify = node["verify"].boolean(read.verify);
    read.min_version = read_tls_version(node["min_version"]);
    if (read.certificate.empty() && !read.key.empty()) key.fail("a key without its `certificate` is shown to nobody");
    if (!read.certificate.empty() && read.key.empty()) certificate.fail("a certificate needs its `key`");
    if (read.certificate.empty() || read.key.empty())
        read.certificate = read.key = {};  // so that `ca` can still be read
    return read;
}

}  // namespace tollgate::settings
