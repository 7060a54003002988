#include "server/configuration.hpp"

#include "builtin.hpp"
#include "server/check_services.hpp"
#include "support/temp_folder.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

namespace tollgate::configuration_test {
using tollgate::server::configuration_file;
using tollgate::server::FilesForTls;
namespace fs = std::filesystem;

namespace {

// "LINE: SENTENCE" of each error of a configuration, in the order in which they are told; without where a variable was
// looked for.
std::string told(std::string const& yaml, tollgate::server::Plugins plugins, FilesForTls files = FilesForTls::read) {
    tollgate::testing::TempFolder const folder;
    folder.write("tollgate.yaml", yaml);
    tollgate::server::CheckServices services;
    auto const loaded = tollgate::server::load_generation(folder.path() / "tollgate.yaml", plugins, services, files);
    std::string lines;
    if (loaded) return lines;
    for (auto const& error : loaded.error()) {
        auto const sentence = error.what.substr(0, error.what.find(" (looked in"));
        lines += std::to_string(error.where.line) + ": " + sentence + "\n";
    }
    return lines;
}

}  // namespace

TEST_CASE("the configuration is what --config says, then TOLLGATE_CONFIG, then tollgate.yaml") {
    tollgate::testing::TempFolder const folder;
    auto const before = fs::current_path();
    fs::current_path(folder.path());

    CHECK(configuration_file("a.yaml", "b.yaml") == "a.yaml");
    CHECK(configuration_file("", "b.yaml") == "b.yaml");
    if (!fs::exists("/etc/tollgate/tollgate.yaml")) {
        for (char const* const unset : {static_cast<char const*>(nullptr), ""}) {
            auto const none = configuration_file("", unset);
            REQUIRE_FALSE(none);
            CHECK(none.error() ==
                  "no configuration: TOLLGATE_CONFIG is not set, and neither ./tollgate.yaml nor "
                  "/etc/tollgate/tollgate.yaml exists "
                  "(`tollgate init --upstream URL` writes one)");
        }
    }
    folder.write("tollgate.yaml", "x");
    CHECK(configuration_file("", nullptr) == "tollgate.yaml");

    fs::current_path(before);
}

TEST_CASE("what is wrong with plugins and with routes is told at once") {
    std::string const routes =
        "listen: 127.0.0.1:1\nupstreams: {ai: http://ai}\n"
        "routes:\n"
        "  - {path: /x, upstream: ai, protected: false}\n"
        "  - {path: /x, upstream: ai, protected: false}\n"
        "  - {path: /y, upstream: ai}\n";
    CHECK(told(routes + "plugins: {ghost: {}}\n", {}) ==
          "7: there is no plugin `ghost`\n"
          "5: `/x` matches the same requests as `/x` at line 4\n");
    CHECK(told(routes, {}) ==
          "6: this route is protected, but no plugin finds out who calls: configure `plugins.auth`, or say `protected: "
          "false`\n5: `/x` matches the same requests as `/x` at line 4\n");
}

TEST_CASE("what is wrong elsewhere hides no error of a route, and what is in a plugin that is not there is not told") {
    auto const lines = told(
        "listen: 127.0.0.1:1\nlisten_too: x\nupstreams: {ai: http://ai}\n"
        "routes:\n"
        "  - {path: /x, upstream: ai, protected: false}\n"
        "  - {path: /x, upstream: ai, protected: false}\n"
        "  - {path: /x, upstream: nobody, protected: false}\n"
        "  - {path: '${NOT_SET_ANYWHERE}', upstream: ai, protected: false}\n"
        "  - {path: /x, methods: ['${NOT_SET_ANYWHERE}'], upstream: ai, protected: false}\n"
        "  - {path: /y, upstream: ai, protected: '${NOT_SET_ANYWHERE}'}\n"
        "plugins: {ghost: {a: 1, b: 2}}\n",
        {});
    CHECK(lines ==
          "2: unknown key `listen_too`\n"
          "7: no upstream is called `nobody`\n"
          "8: the variable NOT_SET_ANYWHERE is not set\n"
          "9: the variable NOT_SET_ANYWHERE is not set\n"
          "10: the variable NOT_SET_ANYWHERE is not set\n"
          "11: there is no plugin `ghost`\n"
          "6: `/x` matches the same requests as `/x` at line 5\n");
}

TEST_CASE("files for TLS that cannot be used are told with everything else") {
    std::string const yaml =
        "listen:\n"
        "  - {address: 127.0.0.1:1, tls: {certificates: [{certificate: none.pem, key: none.key}]}}\n"
        "  - {address: 127.0.0.1:2, tls: {certificates: [{certificate: none.pem}]}}\n"
        "  - address: 127.0.0.1:3\n"
        "    tls: {certificates: [{certificate: none.pem, key: none.key}], client_auth: required}\n"
        "upstreams:\n"
        "  ai: {url: 'https://ai', tls: {ca: none.pem}}\n"
        "  key: {url: 'https://ai', tls: {key: none.key}}\n"
        "routes: [{path: /x, upstream: ai}, {path: /y, upstream: ai, unknown: 1}]\n"
        "plugins: {ghost: {}}\n";
    CHECK(told(yaml, {}, FilesForTls::ignored) ==
          "3: missing key `key`\n"
          "5: `client_ca` must name who signs the clients' certificates\n"
          "8: a key without its `certificate` is shown to nobody\n"
          "9: unknown key `unknown`\n"
          "10: there is no plugin `ghost`\n");
    CHECK(told(yaml, {}) ==
          "2: the certificate `none.pem` cannot be read: No such file or directory\n"
          "3: missing key `key`\n"
          "5: the certificate `none.pem` cannot be read: No such file or directory\n"
          "5: `client_ca` must name who signs the clients' certificates\n"
          "7: the file of ca `none.pem` cannot be read: No such file or directory\n"
          "8: a key without its `certificate` is shown to nobody\n"
          "9: unknown key `unknown`\n"
          "10: there is no plugin `ghost`\n");
}

TEST_CASE("files for TLS that cannot be used hide no error of a route") {
    CHECK(told("listen: {address: 127.0.0.1:1, tls: {certificates: [{certificate: none.pem, key: none.key}]}}\n"
               "upstreams: {ai: http://ai}\n"
               "routes:\n"
               "  - {path: /x, upstream: ai}\n"
               "  - {path: /x, upstream: ai, protected: false}\n",
               {}) ==
          "1: the certificate `none.pem` cannot be read: No such file or directory\n"
          "4: this route is protected, but no plugin finds out who calls: configure `plugins.auth`, or say `protected: "
          "false`\n"
          "5: `/x` matches the same requests as `/x` at line 4\n");
}

TEST_CASE("a limit for a path that no route has is refused, or it would hold nowhere") {
    auto const limited = [&](std::string const& path) {
        return told(
            "listen: 127.0.0.1:1\nupstreams: {ai: http://ai}\n"
            "routes: [{path: /generate, upstream: ai, protected: false}, "
            "{path: /v1/*, upstream: ai, protected: false}]\n"
            "plugins:\n"
            "  auth: {tokens: {secret: a-secret-of-more-than-thirty-two-bytes}, users: {store: 'sqlite:users.db'}}\n"
            "  limit:\n"
            "    routes:\n"
            "      " +
                path + ": {concurrent: 1}\n",
            builtin_plugins());
    };
    CHECK(limited("/generate").empty());
    CHECK(limited("/v1/*").empty());
    CHECK(limited("/login").empty());
    CHECK(limited("/generat") == "8: no route has the path `/generat`\n");
    CHECK(limited("/v1/chat") == "8: no route has the path `/v1/chat`\n");
}

}  // namespace tollgate::configuration_test
