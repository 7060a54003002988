#include "server/configuration.hpp"

#include "builtin.hpp"
#include "server/check_services.hpp"
#include "support/temp_folder.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace tollgate::configuration_test {
using tollgate::server::configuration_file;
using tollgate::server::FilesForTls;
namespace fs = std::filesystem;

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
    tollgate::testing::TempFolder const folder;
    std::string const routes =
        "listen: 127.0.0.1:1\nupstreams: {ai: http://ai}\n"
        "routes:\n"
        "  - {path: /x, upstream: ai, protected: false}\n"
        "  - {path: /x, upstream: ai, protected: false}\n"
        "  - {path: /y, upstream: ai}\n";
    auto const errors = [&](std::string const& more) {
        folder.write("tollgate.yaml", routes + more);
        tollgate::server::CheckServices services;
        auto const loaded =
            tollgate::server::load_generation(folder.path() / "tollgate.yaml", {}, services, FilesForTls::read);
        REQUIRE_FALSE(loaded);
        std::vector<std::string> words;
        for (auto const& error : loaded.error()) words.push_back(std::to_string(error.where.line) + ": " + error.what);
        return words;
    };
    CHECK(errors("plugins: {ghost: {}}\n") ==
          std::vector<std::string>{"7: there is no plugin `ghost`",
                                   "5: `/x` matches the same requests as `/x` at line 4"});
    auto const without = errors("");
    REQUIRE(without.size() == 2);
    CHECK(without[0].starts_with("6: this route is protected, but no plugin finds out who calls: "));
    CHECK(without[1] == "5: `/x` matches the same requests as `/x` at line 4");
}

TEST_CASE("what is wrong elsewhere hides no error of a route, and what is in a plugin that is not there is not told") {
    tollgate::testing::TempFolder const folder;
    folder.write("tollgate.yaml",
                 "listen: 127.0.0.1:1\nlisten_too: x\nupstreams: {ai: http://ai}\n"
                 "routes:\n"
                 "  - {path: /x, upstream: ai, protected: false}\n"
                 "  - {path: /x, upstream: ai, protected: false}\n"
                 "  - {path: /x, upstream: nobody, protected: false}\n"
                 "  - {path: '${NOT_SET_ANYWHERE}', upstream: ai, protected: false}\n"
                 "  - {path: /x, methods: ['${NOT_SET_ANYWHERE}'], upstream: ai, protected: false}\n"
                 "  - {path: /y, upstream: ai, protected: '${NOT_SET_ANYWHERE}'}\n"
                 "plugins: {ghost: {a: 1, b: 2}}\n");
    tollgate::server::CheckServices services;
    auto const loaded =
        tollgate::server::load_generation(folder.path() / "tollgate.yaml", {}, services, FilesForTls::read);
    REQUIRE_FALSE(loaded);
    std::string text;
    for (auto const& error : loaded.error())
        text += std::to_string(error.where.line) + ": " + error.what.substr(0, 20) + "\n";
    CHECK(text ==
          "2: unknown key `listen_\n"
          "7: no upstream is calle\n"
          "8: the variable NOT_SET\n"
          "9: the variable NOT_SET\n"
          "10: the variable NOT_SET\n"
          "11: there is no plugin `\n"
          "6: `/x` matches the sam\n");
}

TEST_CASE("files for TLS that cannot be used are told with everything else") {
    tollgate::testing::TempFolder const folder;
    folder.write("tollgate.yaml",
                 "listen:\n"
                 "  - {address: 127.0.0.1:1, tls: {certificates: [{certificate: none.pem, key: none.key}]}}\n"
                 "  - {address: 127.0.0.1:2, tls: {certificates: [{certificate: none.pem}]}}\n"
                 "  - address: 127.0.0.1:3\n"
                 "    tls: {certificates: [{certificate: none.pem, key: none.key}], client_auth: required}\n"
                 "upstreams:\n"
                 "  ai: {url: 'https://ai', tls: {ca: none.pem}}\n"
                 "  key: {url: 'https://ai', tls: {key: none.key}}\n"
                 "routes: [{path: /x, upstream: ai}, {path: /y, upstream: ai, unknown: 1}]\n"
                 "plugins: {ghost: {}}\n");
    auto const errors = [&](FilesForTls files) {
        tollgate::server::CheckServices services;
        auto const loaded =
            tollgate::server::load_generation(folder.path() / "tollgate.yaml", builtin_plugins(), services, files);
        REQUIRE_FALSE(loaded);
        std::string text;
        for (auto const& error : loaded.error())
            text += std::to_string(error.where.line) + ": " + error.what.substr(0, 24) + "\n";
        return text;
    };
    CHECK(errors(FilesForTls::ignored) ==
          "3: missing key `key`\n"
          "5: `client_ca` must name wh\n"
          "8: a key without its `certi\n"
          "9: unknown key `unknown`\n"
          "10: there is no plugin `ghos\n");
    CHECK(errors(FilesForTls::read) ==
          "2: the certificate `none.pe\n"
          "3: missing key `key`\n"
          "5: the certificate `none.pe\n"
          "5: `client_ca` must name wh\n"
          "7: the file of ca `none.pem\n"
          "8: a key without its `certi\n"
          "9: unknown key `unknown`\n"
          "10: there is no plugin `ghos\n");
}

TEST_CASE("files for TLS that cannot be used hide no error of a route") {
    tollgate::testing::TempFolder const folder;
    folder.write("tollgate.yaml",
                 "listen: {address: 127.0.0.1:1, tls: {certificates: [{certificate: none.pem, key: none.key}]}}\n"
                 "upstreams: {ai: http://ai}\n"
                 "routes:\n"
                 "  - {path: /x, upstream: ai}\n"
                 "  - {path: /x, upstream: ai, protected: false}\n");
    tollgate::server::CheckServices services;
    auto const loaded =
        tollgate::server::load_generation(folder.path() / "tollgate.yaml", {}, services, FilesForTls::read);
    REQUIRE_FALSE(loaded);
    std::vector<int> lines;
    for (auto const& error : loaded.error()) lines.push_back(error.where.line);
    CHECK(lines == std::vector{1, 4, 5});
}

TEST_CASE("a limit for a path that no route has is refused, or it would hold nowhere") {
    tollgate::testing::TempFolder const folder;
    auto const limited = [&](std::string const& path) {
        folder.write(
            "tollgate.yaml",
            "listen: 127.0.0.1:1\nupstreams: {ai: http://ai}\n"
            "routes: [{path: /generate, upstream: ai, protected: false}, "
            "{path: /v1/*, upstream: ai, protected: false}]\n"
            "plugins:\n"
            "  auth: {tokens: {secret: a-secret-of-more-than-thirty-two-bytes}, users: {store: 'sqlite:users.db'}}\n"
            "  limit:\n"
            "    routes:\n"
            "      " +
                path + ": {concurrent: 1}\n");
        tollgate::server::CheckServices services;
        auto const loaded = tollgate::server::load_generation(folder.path() / "tollgate.yaml", builtin_plugins(),
                                                              services, FilesForTls::read);
        std::string errors;
        if (!loaded) {
            for (auto const& error : loaded.error())
                errors += std::to_string(error.where.line) + ": " + error.what + "\n";
        }
        return errors;
    };
    CHECK(limited("/generate") == "");
    CHECK(limited("/v1/*") == "");
    CHECK(limited("/login") == "");
    CHECK(limited("/generat") == "8: no route has the path `/generat`\n");
    CHECK(limited("/v1/chat") == "8: no route has the path `/v1/chat`\n");
}

}  // namespace tollgate::configuration_test
