#include "net/address_text.hpp"

#include <doctest/doctest.h>

#include <cstdint>

namespace tollgate::address_text_test {
using tollgate::net::text_of;
namespace ip = boost::asio::ip;

TEST_CASE("an IPv4 address is written as the library writes it") {
    std::uint32_t bits = 0;
    for (int i = 0; i < 100'000; ++i, bits = bits * 1664525 + 1013904223) {
        ip::address_v4 const address(bits);
        REQUIRE(text_of(address) == address.to_string());
    }
    CHECK(text_of(ip::address_v4(0xFFFFFFFF)) == "255.255.255.255");
}

TEST_CASE("an IPv4 client on a dual-stack socket is an IPv4 client") {
    CHECK(text_of(ip::make_address("::ffff:203.0.113.7")) == "203.0.113.7");
    CHECK(text_of(ip::make_address("203.0.113.7")) == "203.0.113.7");
    CHECK(text_of(ip::make_address("2001:DB8::1")) == "2001:db8::1");
}

}  // namespace tollgate::address_text_test
