#include "server/configuration.hpp"

#include "support/temp_folder.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using tollgate::server::configuration_file;
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
