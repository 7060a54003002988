#include "upstream/balancer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tollgate::upstream {
namespace {

// The finaliser of SplitMix64: every bit of the input changes half of the bits.
std::uint64_t mixed(std::uint64_t bits) noexcept {
    bits = (bits ^ (bits >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    bits = (bits ^ (bits >> 27U)) * 0x94d049bb133111ebULL;
    return bits ^ (bits >> 31U);
}

// Uniform in (0, 1).
double fraction_of(std::uint64_t bits) noexcept { return (static_cast<double>(bits >> 11U) + 0.5) * 0x1.0p-53; }

// The one with the highest score gets the user; in proportion to the weights over many users.
double score_of(Candidate const& candidate, std::uint64_t user_key) noexcept {
    return candidate.weight / -std::log(fraction_of(mixed(candidate.key ^ user_key)));
}

double load_of(Candidate const& candidate) noexcept { return candidate.outstanding / candidate.weight; }

}  // namespace

Rotation::Rotation(std::size_t candidates, std::size_t begin_with)
    : credits_(candidates), begin_with_(candidates == 0 ? 0 : begin_with % candidates) {}

// Everybody who takes part is given his weight, the richest is chosen and pays what all were given.
template <class Takes>
std::size_t Rotation::next_that(std::span<Candidate const> candidates, Takes takes) {
    auto const count = std::min(candidates.size(), credits_.size());
    std::size_t chosen = no_candidate;
    double given = 0;
    for (std::size_t step = 0; step < count; ++step) {
        auto const i = (begin_with_ + step) % count;
        if (candidates[i].weight <= 0 || !takes(candidates[i])) continue;
        given += candidates[i].weight;
        credits_[i] += candidates[i].weight;
        if (chosen == no_candidate || credits_[i] > credits_[chosen]) chosen = i;
    }
    if (chosen != no_candidate) credits_[chosen] -= given;
    return chosen;
}

std::size_t Rotation::next(std::span<Candidate const> candidates) {
    return next_that(candidates, [](Candidate const&) { return true; });
}

std::size_t Rotation::least_outstanding(std::span<Candidate const> candidates) {
    auto least = std::numeric_limits<double>::infinity();
    for (auto const& candidate : candidates) {
        if (candidate.weight > 0) least = std::min(least, load_of(candidate));
    }
    return next_that(candidates, [least](Candidate const& candidate) { return load_of(candidate) <= least; });
}

std::uint64_t key_of(std::string_view text) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a, 64 bits
    for (char const c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return mixed(hash);
}

std::size_t of_user(std::span<Candidate const> candidates, std::uint64_t user_key) noexcept {
    double all_weight = 0;
    double all_outstanding = 1;  // with the request that is to be placed
    for (auto const& candidate : candidates) {
        if (candidate.weight <= 0) continue;
        all_weight += candidate.weight;
        all_outstanding += candidate.outstanding;
    }
    constexpr double most_over_share = 1.25;
    std::size_t chosen = no_candidate;
    double best = 0;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        auto const& candidate = candidates[i];
        if (candidate.weight <= 0) continue;
        auto const share = std::ceil(most_over_share * all_outstanding * candidate.weight / all_weight);
        if (candidate.outstanding >= std::max(share, static_cast<double>(least_bound))) continue;
        auto const score = score_of(candidate, user_key);
        if (chosen != no_candidate && score <= best) continue;
        chosen = i;
        best = score;
    }
    return chosen;
}

}  // namespace tollgate::upstream
