// Which of several servers gets a request. Pure: what is known of the servers comes in as values, an index goes out. A
// candidate without weight is not to be chosen; when none has any, no_candidate. Nothing allocates once a rotation is
// made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tollgate::upstream {

struct Candidate {
    double weight = 0;         // what it may have beside the others, slow start included
    unsigned outstanding = 0;  // requests that it has not finished
    std::uint64_t key = 0;     // stands for the server in the hashing: key_of(its name)
};

inline constexpr std::size_t no_candidate = static_cast<std::size_t>(-1);

// Smooth weighted round robin: with weights 3 and 1 the first gets three of four requests, and they are spread. Belongs
// to one worker.
class Rotation {
public:
    // `begin_with`: the candidate that is first among equals, so that not all workers begin with the same.
    Rotation(std::size_t candidates, std::size_t begin_with);

    // The next in turn.
    [[nodiscard]] std::size_t next(std::span<Candidate const> candidates);

    // The next in turn among those that have least to do in proportion to their weight.
    [[nodiscard]] std::size_t least_outstanding(std::span<Candidate const> candidates);

private:
    template <class Takes>
    [[nodiscard]] std::size_t next_that(std::span<Candidate const> candidates, Takes takes);

    std::vector<double> credits_;
    std::size_t begin_with_;
};

// The same number in every process: all gateways of a fleet send a user to the same server.
[[nodiscard]] std::uint64_t key_of(std::string_view text) noexcept;

// The candidate of a user: always the same one while it is there (weighted rendezvous hashing). When one goes only its
// own users move, evenly to the others; they come back with it. A candidate that has more than its share of everything
// outstanding by a quarter, and more than `least_bound` in any case, is passed over for the user's next one.
inline constexpr unsigned least_bound = 8;
[[nodiscard]] std::size_t of_user(std::span<Candidate const> candidates, std::uint64_t user_key) noexcept;

}  // namespace tollgate::upstream
