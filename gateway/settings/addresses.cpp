// Addresses and ports, where the metrics are served, and whose word about a client's address it takes.
#include "settings/readers.hpp"

#include "base/host_name.hpp"

#include <boost/asio/ip/address.hpp>

#include <charconv>
#include <cstddef>
#include <system_error>

namespace tollgate::settings {
namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t most_networks = 1000;

bool is_ipv4(std::string_view text) {
    boost::system::error_code error;
    (void)ip::make_address_v4(std::string(text), error);
    return !error;
}

std::optional<Network> network_of(ip::address const& address, unsigned bits) {
    if (address.is_v4())
        return bits <= 32 ? std::optional<Network>(ip::network_v4(address.to_v4(), static_cast<unsigned short>(bits)))
                          : std::nullopt;
    return bits <= 128 ? std::optional<Network>(ip::network_v6(address.to_v6(), static_cast<unsigned short>(bits)))
                       : std::nullopt;
}

std::optional<Network> read_network(std::string_view text) {
    auto const slash = text.find('/');
    boost::system::error_code error;
    auto const address = ip::make_address(std::string(text.substr(0, slash)), error);
    if (error || text.contains('%')) return std::nullopt;
    if (slash == std::string_view::npos) return network_of(address, address.is_v4() ? 32 : 128);
    auto const bits = read_uint16(text.substr(slash + 1));
    return bits ? network_of(address, *bits) : std::nullopt;
}

// The network when bits beyond the prefix are set: the operator may have meant another one.
std::optional<std::string> canonical_if_other(Network const& network) {
    return std::visit(
        [](auto const& of) -> std::optional<std::string> {
            auto const canonical = of.canonical();
            return of == canonical ? std::nullopt : std::optional(canonical.to_string());
        },
        network);
}

}  // namespace

std::optional<std::uint16_t> read_uint16(std::string_view text) {
    std::uint16_t number = 0;
    auto const* const last = text.data() + text.size();
    auto const [end, error] = std::from_chars(text.data(), last, number);
    if (error != std::errc{} || end != last) return std::nullopt;
    return number;
}

std::optional<ListenAddress> read_address(std::string_view text) {
    auto const colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto const port = read_uint16(text.substr(colon + 1));
    auto host = text.substr(0, colon);
    if (!port) return std::nullopt;
    if (host == "*" || is_ipv4(host)) return ListenAddress{std::string(host), *port};
    if (host.size() < 2 || host.front() != '[' || host.back() != ']') return std::nullopt;
    host = host.substr(1, host.size() - 2);
    return is_ipv6(host) ? std::optional(ListenAddress{std::string(host), *port}) : std::nullopt;
}

std::string ListenAddress::text() const {
    auto const host = address.contains(':') ? '[' + address + ']' : address;
    return host + ':' + std::to_string(port);
}

bool ListenAddress::is_loopback() const {
    boost::system::error_code error;
    auto const parsed = ip::make_address(address, error);
    return !error && parsed.is_loopback();
}

std::optional<ListenAddress> read_metrics(SettingsNode const& node) {
    if (!node.present() || node.text() == "none") return std::nullopt;
    auto address = read_address(node.text());
    if (!address) node.fail("expected `none` or " + std::string(address_form));
    return address;
}

std::vector<Network> read_networks(SettingsNode const& node) {
    std::vector<Network> networks;
    if (!node.present()) return networks;
    auto const nodes = node.one_or_more();
    if (nodes.size() > most_networks) node.fail("at most " + std::to_string(most_networks) + " networks");
    for (auto const& one : nodes) {
        auto const network = read_network(one.text());
        if (!network) {
            one.fail("expected an address or a network such as 10.0.0.7, 10.0.0.0/8 or fd00::/8");
        } else if (auto const meant = canonical_if_other(*network)) {
            one.fail("bits beyond the prefix are set: write " + *meant + ", or an address alone");
        } else {
            networks.push_back(*network);
        }
    }
    return networks;
}

}  // namespace tollgate::settings
