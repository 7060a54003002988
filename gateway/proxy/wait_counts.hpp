// What is counted of the requests that wait for the servers of one upstream. Belongs to a generation; the counters are
// the process's. Thread-safe.
#pragma once

#include "base/error.hpp"
#include "plugin/services.hpp"

#include <array>
#include <chrono>
#include <string>

namespace tollgate::proxy {

class WaitCounts {
public:
    WaitCounts(plugin::Services& services, std::string const& upstream);

    // A request that waited, or should have, was served (errc{}) or ended otherwise.
    void ended(errc why, std::chrono::nanoseconds waited) const noexcept;

private:
    plugin::Histogram& waits_;
    std::array<plugin::Counter*, 6> endings_{};
};

}  // namespace tollgate::proxy
