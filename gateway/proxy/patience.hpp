// When a request that waits for a place does what: it looks whether something has changed that nobody told, gives its
// client a sign of life, and in the end gives up. Pure: the time comes in, an action goes out.
#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <optional>

namespace tollgate::proxy {

class Patience {
public:
    static constexpr std::chrono::milliseconds look_interval{250};

    enum class Act { wait, look, comment, give_up };

    // `comment_interval` is nothing when the client gets no comments.
    Patience(steady_time now, std::chrono::milliseconds most,
             std::optional<std::chrono::milliseconds> comment_interval) noexcept;

    // The rules are others, from the beginning: what is over by them is due.
    void follow(std::chrono::milliseconds most, std::optional<std::chrono::milliseconds> comment_interval) noexcept;

    // What is due, each once: to be asked again until it is `wait`. What was missed is not made up for.
    [[nodiscard]] Act at(steady_time now) noexcept;

    // When something will be due.
    [[nodiscard]] steady_time next() const noexcept;

private:
    steady_time began_;
    steady_time commented_;  // or began
    steady_time look_;
    steady_time end_{};
    steady_time comment_{};
    std::chrono::milliseconds comment_interval_{};
};

}  // namespace tollgate::proxy
