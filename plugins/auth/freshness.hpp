// How far a user that was verified before may be believed while the store is silent. Pure.
#pragma once

#include <chrono>

namespace tollgate::auth {

enum class Freshness {
    fresh,  // the change feed has spoken within a second: nothing of importance has happened
    grace,  // the store is silent, but not for long: those verified before pass
    stale,  // believe nobody without asking the store
};

// Four polls may fail before a user counts as anything but fresh.
inline constexpr std::chrono::milliseconds fresh_for = std::chrono::seconds(1);

// `silence`: since the last successful poll. `grace` counts from that poll; 0: none.
[[nodiscard]] constexpr Freshness freshness_after(std::chrono::nanoseconds silence,
                                                  std::chrono::milliseconds grace) noexcept {
    if (silence <= fresh_for) return Freshness::fresh;
    return silence <= grace ? Freshness::grace : Freshness::stale;
}

}  // namespace tollgate::auth
