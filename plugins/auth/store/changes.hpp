// What the change log of a store tells its readers. Values alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tollgate::auth {

// A point of the change log. The row itself is remembered with its number: after a failover or a restore another one
// may have it.
struct LogPoint {
    std::int64_t id = -1;  // negative: none yet
    std::string row;       // empty: not known

    bool operator==(LogPoint const&) const = default;
};

// What happened after some point of the change log.
struct Changes {
    LogPoint latest;                    // the point up to which this tells
    bool everything = false;            // the log was cut or replaced: anybody may have changed
    std::vector<std::int64_t> changed;  // users whose row is another now
    std::vector<std::int64_t> ended;    // of these: all that they began is over
    std::vector<std::string> schemes;   // UserStore::schemes, when a password hash is new
};

}  // namespace tollgate::auth
