#include "settings/network.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tollgate::network_test {
using namespace tollgate::settings;
namespace ip = boost::asio::ip;

namespace {

Network network(std::string const& text) {
    if (text.contains(':')) return ip::make_network_v6(text);
    return ip::make_network_v4(text);
}

}  // namespace

TEST_CASE("an address is in a network when it begins with its prefix") {
    struct Row {
        char const* network;
        char const* address;
        bool inside;
    };
    for (auto const& row : {
             Row{"10.0.0.0/8", "10.0.0.0", true},
             Row{"10.0.0.0/8", "10.255.255.255", true},
             Row{"10.0.0.0/8", "11.0.0.0", false},
             Row{"10.0.0.0/8", "9.255.255.255", false},
             Row{"10.9.8.7/8", "10.200.0.1", true},
             Row{"172.16.0.0/12", "172.31.255.255", true},
             Row{"172.16.0.0/12", "172.32.0.0", false},
             Row{"192.0.2.8/29", "192.0.2.7", false},
             Row{"192.0.2.8/29", "192.0.2.15", true},
             Row{"192.0.2.8/29", "192.0.2.16", false},
             Row{"192.0.2.4/31", "192.0.2.4", true},
             Row{"192.0.2.4/31", "192.0.2.5", true},
             Row{"192.0.2.4/31", "192.0.2.6", false},
             Row{"192.0.2.4/32", "192.0.2.4", true},
             Row{"192.0.2.4/32", "192.0.2.5", false},
             Row{"0.0.0.0/0", "203.0.113.1", true},
             Row{"0.0.0.0/0", "255.255.255.255", true},
             Row{"0.0.0.0/0", "::ffff:203.0.113.1", true},
             Row{"0.0.0.0/0", "::1", false},
             Row{"10.0.0.0/8", "::ffff:10.1.2.3", true},
             Row{"10.0.0.0/8", "::10.1.2.3", false},
             Row{"2001:db8::/32", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true},
             Row{"2001:db8::/32", "2001:db9::", false},
             Row{"2001:db8::/32", "2001:db8::", true},
             Row{"fc00::/7", "fdff::1", true},
             Row{"fc00::/7", "fe00::1", false},
             Row{"2001:db8::2/127", "2001:db8::2", true},
             Row{"2001:db8::2/127", "2001:db8::3", true},
             Row{"2001:db8::2/127", "2001:db8::4", false},
             Row{"::1/128", "::1", true},
             Row{"::1/128", "::2", false},
             Row{"::/0", "2001:db8::1", true},
             Row{"::/0", "203.0.113.1", false},
             Row{"::/0", "::ffff:203.0.113.1", false},
             Row{"::ffff:0.0.0.0/96", "203.0.113.1", true},
             Row{"::ffff:10.0.0.0/104", "10.1.2.3", true},
             Row{"::ffff:10.0.0.0/104", "::ffff:10.1.2.3", true},
             Row{"::ffff:10.0.0.0/104", "11.1.2.3", false},
         }) {
        CAPTURE(row.network);
        CAPTURE(row.address);
        CHECK(contains(network(row.network), ip::make_address(row.address)) == row.inside);
    }
}

}  // namespace tollgate::network_test
