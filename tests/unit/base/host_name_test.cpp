#include "base/host_name.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tollgate::host_name_test {
using namespace std::literals;

TEST_CASE("what a host may be called depends on who says it") {
    struct Row {
        std::string text;
        bool written;     // is_host_name: by an operator
        bool looked_up;   // is_dns_name
        bool registered;  // is_registered_name: by a client
    };
    for (auto const& row : {
             Row{"ai", true, true, true},
             Row{"Api.Example-1.com", true, true, true},
             Row{"my_service", true, true, true},
             Row{"_sip.example", true, true, true},
             Row{"127.0.0.1", true, true, true},
             Row{"example.com.", true, true, true},
             Row{"-a", false, true, true},
             Row{".a", false, true, false},
             Row{"a..b", false, true, false},
             Row{".", false, true, false},
             Row{"a..", false, true, false},
             Row{"a.b.c.", true, true, true},
             Row{"a~b", false, false, true},
             Row{"", false, false, false},
             Row{"a b", false, false, false},
             Row{"a%41", false, false, false},
             Row{"a+b", false, false, false},
             Row{"a/b", false, false, false},
             Row{"a:80", false, false, false},
             Row{"user@a", false, false, false},
             Row{"*.a", false, false, false},
             Row{"::1", false, false, false},
             Row{"[::1]", false, false, false},
             Row{"\xc3\xa4", false, false, false},
             Row{"a\0"s, false, false, false},
             Row{std::string(253, 'a'), true, true, true},
             Row{std::string(254, 'a'), false, true, false},
             Row{std::string(255, 'a'), false, false, false},
         }) {
        CAPTURE(row.text);
        CHECK(is_host_name(row.text) == row.written);
        CHECK(is_dns_name(row.text) == row.looked_up);
        CHECK(is_registered_name(row.text) == row.registered);
    }
}

TEST_CASE("an IPv6 address has neither brackets nor a zone") {
    for (auto const text :
         {"::"sv, "::1"sv, "2001:DB8::a"sv, "::ffff:10.0.0.1"sv, "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"sv}) {
        CAPTURE(text);
        CHECK(is_ipv6(text));
    }
    for (auto const text : {""sv, ":"sv, "1"sv, "10.0.0.1"sv, "[::1]"sv, "fe80::1%eth0"sv, "::1\0"sv, "::1 "sv, "::g"sv,
                            "::12345"sv, "1::2::3"sv, "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"sv}) {
        CAPTURE(text);
        CHECK_FALSE(is_ipv6(text));
    }
}

}  // namespace tollgate::host_name_test
