#include "upstream/balancer.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

namespace tollgate::balancer_test {
using namespace tollgate::upstream;

namespace {

using Candidates = std::vector<Candidate>;

// Named a, b, c, ... with these weights.
Candidates candidates(std::vector<double> const& weights) {
    Candidates all;
    for (double const weight : weights) all.push_back({weight, 0, key_of(std::string(1, char('a' + all.size())))});
    return all;
}

// Who is chosen in turn, as letters.
std::string turns(Rotation& rotation, Candidates const& from, int count) {
    std::string chosen;
    for (int i = 0; i < count; ++i) chosen += char('a' + rotation.next(from));
    return chosen;
}

std::map<int, std::size_t> placed(Candidates const& on, int users) {
    std::map<int, std::size_t> all;
    for (int user = 0; user < users; ++user) all[user] = of_user(on, key_of(std::to_string(user)));
    return all;
}

}  // namespace

TEST_CASE("in rotation everybody gets his weight's part, spread, and who has none is passed over") {
    struct Row {
        std::vector<double> weights;
        std::size_t begin_with;
        std::string chosen;
    };
    for (auto const& row : {Row{{1}, 0, "aaaa"}, Row{{1, 1, 1}, 0, "abcabc"}, Row{{1, 1, 1}, 1, "bcabca"},
                            Row{{1, 1, 1}, 5, "cabcab"}, Row{{5, 1, 1}, 0, "aabacaa"}, Row{{3, 1}, 0, "aabaaaba"},
                            Row{{1, 0, 1}, 0, "acac"}, Row{{0.5, 1}, 0, "babbab"}}) {
        CAPTURE(row.chosen);
        Rotation rotation(row.weights.size(), row.begin_with);
        CHECK(turns(rotation, candidates(row.weights), static_cast<int>(row.chosen.size())) == row.chosen);
    }
    Rotation rotation(2, 0);
    CHECK(rotation.next(candidates({0, 0})) == no_candidate);
    CHECK(rotation.least_outstanding(candidates({0, 0})) == no_candidate);
    CHECK(of_user(candidates({0, 0}), 1) == no_candidate);
    CHECK(Rotation(0, 3).next({}) == no_candidate);
}

TEST_CASE("the one with the least to do in proportion to its weight is chosen, equals in turn") {
    struct Row {
        std::vector<double> weights;
        std::vector<unsigned> outstanding;
        std::size_t chosen;
    };
    for (auto const& row : {Row{{1, 1}, {1, 0}, 1}, Row{{1, 1}, {3, 4}, 0}, Row{{1, 3}, {1, 2}, 1},
                            Row{{1, 3}, {1, 4}, 0}, Row{{1, 0}, {9, 0}, 0}, Row{{0.1, 1}, {1, 5}, 1}}) {
        CAPTURE(row.outstanding[0]);
        CAPTURE(row.outstanding[1]);
        auto all = candidates(row.weights);
        for (std::size_t i = 0; i < all.size(); ++i) all[i].outstanding = row.outstanding[i];
        Rotation rotation(2, 0);
        CHECK(rotation.least_outstanding(all) == row.chosen);
    }
    Rotation rotation(3, 0);
    auto all = candidates({1, 1, 1});
    all[1].outstanding = 1;
    std::string chosen;
    for (int i = 0; i < 4; ++i) chosen += char('a' + rotation.least_outstanding(all));
    CHECK(chosen == "acac");
}

TEST_CASE("a user has one candidate; when one goes only its users move, to all others, and they come back") {
    constexpr int users = 3000;
    auto all = candidates({1, 1, 1});
    auto const before = placed(all, users);
    CHECK(before == placed(all, users));
    std::map<std::size_t, int> sizes;
    for (auto const& [user, where] : before) ++sizes[where];
    for (std::size_t i = 0; i < all.size(); ++i) CHECK(sizes[i] == doctest::Approx(1000).epsilon(0.1));
    all[1].weight = 0;
    auto const without = placed(all, users);
    std::map<std::size_t, int> moved_to;
    for (auto const& [user, where] : before) {
        if (where == 1) ++moved_to[without.at(user)];
        else CHECK(without.at(user) == where);
    }
    CHECK(moved_to[0] == doctest::Approx(500).epsilon(0.15));
    CHECK(moved_to[2] == doctest::Approx(500).epsilon(0.15));
    all[1].weight = 1;
    CHECK(placed(all, users) == before);
}

TEST_CASE("users are placed in proportion to the weights, and the same in every process") {
    std::map<std::size_t, int> sizes;
    for (auto const& [user, where] : placed(candidates({3, 1}), 4000)) ++sizes[where];
    CHECK(sizes[0] == doctest::Approx(3000).epsilon(0.1));
    CHECK(key_of("") == 0xf52a15e9a9b5e89bULL);
    CHECK(key_of("a") == 0x02c0bdbf481420f8ULL);
}

TEST_CASE("who is loaded beyond its share passes a user on, and always to the same next one") {
    auto all = candidates({1, 1, 1});
    auto const user = key_of("7");
    auto const first = of_user(all, user);
    all[first].outstanding = least_bound - 1;
    CHECK(of_user(all, user) == first);
    all[first].outstanding = least_bound;
    auto const second = of_user(all, user);
    CHECK(second != first);
    for (auto& candidate : all) candidate.outstanding = 100;
    CHECK(of_user(all, user) == first);
    all[first].outstanding = 150;  // of 351 with the new one: a third and a quarter more is 147
    CHECK(of_user(all, user) == second);
    all[first].outstanding = 130;
    CHECK(of_user(all, user) == first);
}

}  // namespace tollgate::balancer_test
