#include "settings/settings.hpp"
#include "unit/settings/support.hpp"

#include <doctest/doctest.h>

namespace tollgate::listen_test {
using namespace tollgate::settings;
using namespace tollgate::settings::testing;

namespace {

Settings loaded(std::string const& text) {
    auto result = load_text(text, "t.yaml", environment_of({}));
    if (!result) FAIL(lines(result.error()));
    return std::move(result->settings);
}

}  // namespace

TEST_CASE("TLS without a certificate is refused, however that is written") {
    for (std::string const certificates : {"", " ~", " []", " null"}) {
        for (std::string const more : {"", "\n    client_auth: required\n    client_ca: ca.pem"}) {
            CAPTURE(certificates);
            auto const result =
                load_text("listen:\n  address: 127.0.0.1:1\n  tls:\n    certificates:" + certificates + more + "\n",
                          "t.yaml", environment_of({}));
            REQUIRE_FALSE(result);
            CHECK(lines(result.error()).contains("TLS needs at least one certificate"));
        }
    }
}

TEST_CASE("an address may have certificates, and a plain one beside it may send there") {
    auto const settings = loaded(
        "listen:\n  - 127.0.0.1:1\n  - address: '*:2'\n    tls:\n      certificates:\n        - {certificate: a.pem, "
        "key: "
        "a.key}\n        - {certificate: b.pem, key: b.key, names: [b.example, '*.b.example']}\n      min_version: "
        "'1.3'\n      client_auth: optional\n      client_ca: ca.pem\n  - {address: '[::1]:3', redirect_to_https: "
        "true}\nhsts: 365d\n");
    CHECK(addresses(settings) == std::vector<ListenAddress>{{"127.0.0.1", 1}, {"*", 2}, {"::1", 3}});
    CHECK_FALSE(settings.listen[0].tls.has_value());
    REQUIRE(settings.listen[1].tls.has_value());
    auto const& tls = *settings.listen[1].tls;
    REQUIRE(tls.certificates.size() == 2);
    CHECK(tls.certificates[0].certificate == "a.pem");
    CHECK(tls.certificates[0].key == "a.key");
    CHECK(tls.certificates[0].names.empty());
    CHECK(tls.certificates[1].names == std::vector<std::string>{"b.example", "*.b.example"});
    CHECK(tls.certificates[1].where.line == 7);
    CHECK(tls.min_version == TlsVersion::tls_1_3);
    CHECK(tls.client_auth == ClientAuth::optional);
    CHECK(tls.client_ca == "ca.pem");
    CHECK_FALSE(settings.listen[1].redirect_to_https);
    CHECK(settings.listen[2].redirect_to_https);
    CHECK(settings.hsts == std::chrono::hours(365 * 24));
}

TEST_CASE("one address may say all this without a list") {
    auto const settings = loaded("listen: {address: '*:2', tls: {certificates: [{certificate: a, key: b}]}}\n");
    REQUIRE(settings.listen.size() == 1);
    REQUIRE(settings.listen[0].tls.has_value());
    CHECK(settings.listen[0].tls->min_version == TlsVersion::tls_1_2);
    CHECK(settings.listen[0].tls->client_auth == ClientAuth::none);
}

TEST_CASE("an address may ask trusted proxies for whom they connect") {
    auto const settings = loaded(
        "listen: [{address: '*:1', proxy_protocol: true}, {address: '*:2', proxy_protocol: false}, '*:3']\n"
        "trusted_proxies: [10.0.0.0/8]\n");
    REQUIRE(settings.listen.size() == 3);
    CHECK(settings.listen[0].proxy_protocol);
    CHECK_FALSE(settings.listen[1].proxy_protocol);
    CHECK_FALSE(settings.listen[2].proxy_protocol);
}

}  // namespace tollgate::listen_test
