#include "server/announcement.hpp"

#include "unit/server/generation_from.hpp"

#include <string>
#include <vector>

namespace tollgate::announcement_test {
using namespace tollgate::server;
using tollgate::testing::MadeGeneration;

namespace {

std::vector<std::string> dangers(std::string const& listen, std::string const& plugins) {
    MadeGeneration const made(
        "listen: [" + listen +
        "]\nupstreams: {ai: http://ai}\nroutes: [{path: /x, methods: [POST], upstream: ai, protected: false}]\n" +
        plugins);
    return danger_lines(*made.generation);
}

}  // namespace

TEST_CASE("every address is announced with the port that was bound") {
    std::vector<settings::Listen> listen{{.address = {"127.0.0.1", 0}, .tls = settings::Tls{}},
                                         {.address = {"::1", 8081}}};
    settings::ListenAddress const metrics{"127.0.0.1", 0};
    std::vector<std::uint16_t> const ports{40001, 8081, 40002};
    CHECK(listening_lines(listen, metrics, ports) == std::vector<std::string>{"listening on 127.0.0.1:40001 (TLS)",
                                                                              "listening on [::1]:8081",
                                                                              "metrics on 127.0.0.1:40002"});
    CHECK(listening_lines(listen, std::nullopt, ports) ==
          std::vector<std::string>{"listening on 127.0.0.1:40001 (TLS)", "listening on [::1]:8081"});
    for (auto& one : listen) one.proxy_protocol = true;
    CHECK(listening_lines(listen, std::nullopt, ports) ==
          std::vector<std::string>{"listening on 127.0.0.1:40001 (TLS) (PROXY protocol)",
                                   "listening on [::1]:8081 (PROXY protocol)"});
}

TEST_CASE("a login that other machines reach without TLS is a danger at each such address") {
    auto const lines = dangers("127.0.0.1:80, 0.0.0.0:8080, \"[::1]:80\", \"*:8081\"", "plugins: {gate: {}}\n");
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].starts_with("/login can be reached from other machines at 0.0.0.0:8080 without TLS: "));
    CHECK(lines[1].starts_with("/login can be reached from other machines at *:8081 without TLS: "));
}

TEST_CASE("neither a login on loopback nor an open route of the service is that danger") {
    CHECK(dangers("127.0.0.1:80, \"[::1]:80\"", "plugins: {gate: {}}\n").empty());
    CHECK(dangers("0.0.0.0:8080", "").empty());
}

TEST_CASE("neither a login over TLS nor one that is sent there is that danger") {
    CHECK(dangers("{address: \"*:8443\", tls: {certificates: [{certificate: c, key: k}]}}, "
                  "{address: \"*:8080\", redirect_to_https: true}",
                  "plugins: {gate: {}}\n")
              .empty());
}

TEST_CASE("an upstream whose servers nobody verifies is a danger") {
    MadeGeneration const made(
        "listen: 127.0.0.1:80\nupstreams: {ai: https://ai, own: {url: https://b, tls: {verify: false}}}\n");
    auto const lines = danger_lines(*made.generation);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].starts_with("upstream own: `verify: false`: "));
}

TEST_CASE("behind proxies that are named a login is theirs to protect; an empty list names none") {
    auto const login = std::string("plugins: {gate: {}}\n");
    CHECK(dangers("0.0.0.0:8080, \"*:8081\"", "trusted_proxies: [10.213.87.0/28]\n" + login).empty());
    CHECK(dangers("0.0.0.0:8080", "trusted_proxies: []\n" + login).size() == 1);
}

TEST_CASE("a proxy on this machine keeps nobody from coming past it") {
    auto const login = std::string("plugins: {gate: {}}\n");
    CHECK(dangers("\"*:8080\"", "trusted_proxies: 127.0.0.1\n" + login).size() == 1);
    CHECK(dangers("\"*:8080\"", "trusted_proxies: [127.0.0.0/8, \"::1\"]\n" + login).size() == 1);
    CHECK(dangers("\"*:8080\"", "trusted_proxies: [127.0.0.1, 10.0.0.1]\n" + login).empty());
    CHECK(dangers("\"*:8080\"", "trusted_proxies: 0.0.0.0/0\n" + login).empty());
    CHECK(dangers("127.0.0.1:8080", "trusted_proxies: 127.0.0.1\n" + login).empty());
}

TEST_CASE("an address where clients need no certificate is a danger beside one that requires it") {
    std::string const pair = "certificates: [{certificate: c, key: k}]";
    std::string const strict = "{address: \"*:8443\", tls: {" + pair + ", client_auth: required, client_ca: ca}}";
    std::string const lenient = "{address: \"*:8444\", tls: {" + pair + ", client_auth: optional, client_ca: ca}}";
    std::string const plain = "127.0.0.1:8080";
    std::string const redirect = "{address: \"*:80\", redirect_to_https: true}";
    CHECK(dangers(strict + ", " + redirect, "").empty());
    CHECK(dangers(lenient + ", " + plain, "").empty());
    auto const lines = dangers(plain + ", " + strict + ", " + redirect + ", " + lenient, "");
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].starts_with("clients need no certificate at 127.0.0.1:8080, though *:8443 requires one: "));
    CHECK(lines[1].starts_with("clients need no certificate at *:8444, though *:8443 requires one: "));
}

}  // namespace tollgate::announcement_test
