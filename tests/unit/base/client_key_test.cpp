#include "base/client_key.hpp"

#include <doctest/doctest.h>

namespace tollgate::client_key_test {
using tollgate::client_key;

TEST_CASE("an IPv6 client is its /64, an IPv4 client its address") {
    CHECK(client_key("192.0.2.1") == "192.0.2.1");
    CHECK(client_key("::ffff:192.0.2.1") == "192.0.2.1");
    CHECK(client_key("2001:db8:1:2:3:4:5:6") == client_key("2001:db8:1:2::1"));
    CHECK(client_key("2001:db8:1:2::1") != client_key("2001:db8:1:3::1"));
    CHECK(client_key("unix") == "unix");
    CHECK(client_key("") == "");
}

}  // namespace tollgate::client_key_test
