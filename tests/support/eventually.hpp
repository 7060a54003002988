// Waits for what another thread brings about.
#pragma once

#include <chrono>
#include <thread>

namespace tollgate::testing {

// Whether `holds` becomes true within 10 s.
template <class Condition>
[[nodiscard]] bool eventually(Condition holds) {
    for (int tries = 0; tries < 1000; ++tries) {
        if (holds()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

}  // namespace tollgate::testing
