#include "settings/settings.hpp"
#include "unit/settings/support.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace tollgate::bad_files_test {
namespace fs = std::filesystem;
using namespace tollgate::settings;
using namespace tollgate::settings::testing;

namespace {

std::vector<fs::path> files_in(fs::path const& folder, std::string const& extension) {
    std::vector<fs::path> files;
    for (auto const& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() == extension) files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

fs::path const folder = fs::path(TOLLGATE_SOURCE_DIR) / "tests/config/bad";

}  // namespace

TEST_CASE("every file in tests/config/bad gives exactly the errors that stand beside it") {
    auto const files = files_in(folder, ".yaml");
    REQUIRE(files.size() >= 25);
    auto const environment = environment_of({{"SECRET", "hunter2hunter2"}, {"EMPTY", ""}});
    for (auto const& file : files) {
        CAPTURE(file.filename().string());
        auto const loaded = load_text(slurp(file), file.filename().string(), environment);
        REQUIRE_FALSE(loaded.has_value());
        auto const found = lines(loaded.error());
        CHECK(found == slurp(fs::path(file).replace_extension(".expected")));
        CHECK_FALSE(found.contains("hunter2hunter2"));
    }
}

TEST_CASE("no expectation in tests/config/bad lacks its file") {
    for (auto const& file : files_in(folder, ".expected")) {
        CAPTURE(file.filename().string());
        CHECK(fs::exists(fs::path(file).replace_extension(".yaml")));
    }
}

}  // namespace tollgate::bad_files_test
