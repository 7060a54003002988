#include "base/cpu_quota.hpp"

#include "support/temp_folder.hpp"

#include <doctest/doctest.h>
#include <sched.h>

#include <fstream>
#include <string>
#include <utility>

namespace tollgate::cpu_quota_test {
namespace {

// A tree of control groups, as one would be mounted.
class Groups {
public:
    Groups& with(std::filesystem::path const& group, std::string const& cpu_max) {
        std::filesystem::create_directories(root() / group);
        std::ofstream(root() / group / "cpu.max") << cpu_max;
        return *this;
    }
    [[nodiscard]] std::filesystem::path const& root() const noexcept { return folder_.path(); }

private:
    testing::TempFolder folder_;
};

}  // namespace

TEST_CASE("a CPU quota pays for whole processors, rounded up") {
    std::pair<char const*, std::optional<unsigned>> const rows[] = {
        {"100000 100000\n", 1},
        {"100000 100000", 1},
        {"150000 100000\n", 2},
        {"50000 100000\n", 1},
        {"1000 100000\n", 1},
        {"6400000 100000\n", 64},
        {"9223372036854775807 1\n", 4'294'967'295},
        {"max 100000\n", {}},
        {"max\n", {}},
        {"", {}},
        {"\n", {}},
        {"100000\n", {}},
        {"0 100000\n", {}},
        {"100000 0\n", {}},
        {"-1 100000\n", {}},
        {"100000 100000 1\n", {}},
        {"99999999999999999999 100000\n", {}},
    };
    for (auto const& [text, processors] : rows) {
        CAPTURE(text);
        CHECK(quota_of(text) == processors);
    }
}

TEST_CASE("the least quota of a control group and those above it counts") {
    Groups groups;
    groups.with("", "1000000 100000\n")
        .with("a", "300000 100000\n")
        .with("a/b", "max 100000\n")
        .with("a/b/c", "400000 100000\n");
    groups.with("x/y", "200000 100000\n");
    std::pair<char const*, std::optional<unsigned>> const rows[] = {
        {"0::/\n", 10},
        {"0::/a\n", 3},
        {"0::/a/b\n", 3},
        {"0::/a/b/c\n", 3},
        {"0::/x/y\n", 2},
        {"0::/not/there\n", 10},
        {"8:pids:/a\n0::/x/y\n", 2},  // version 1 beside version 2
        {"3:cpu,cpuacct:/a\n", {}},   // version 1 alone
        {"", {}},
    };
    for (auto const& [membership, processors] : rows) {
        CAPTURE(membership);
        CHECK(least_quota(membership, groups.root()) == processors);
    }
    CHECK_FALSE(least_quota("0::/a\n", groups.root() / "nowhere").has_value());
}

TEST_CASE("only processors count on which the process may run") {
    cpu_set_t all;
    REQUIRE(::sched_getaffinity(0, sizeof all, &all) == 0);
    CHECK(usable_processors() >= 1);
    CHECK(usable_processors() <= static_cast<unsigned>(CPU_COUNT(&all)));
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int i = 0; CPU_COUNT(&one) == 0; ++i) {
        if (CPU_ISSET(i, &all)) CPU_SET(i, &one);
    }
    REQUIRE(::sched_setaffinity(0, sizeof one, &one) == 0);
    CHECK(usable_processors() == 1);
    REQUIRE(::sched_setaffinity(0, sizeof all, &all) == 0);
}

}  // namespace tollgate::cpu_quota_test
