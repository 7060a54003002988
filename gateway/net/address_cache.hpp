// Which addresses of a name may be used without asking again. An answer counts for its TTL, at least 1 s and at most 5
// min. After a failed lookup the last good addresses count for another 30 s, again and again, until a day has passed
// since they were good (RFC 8767, section 5). Pure: it is told the time. Holds a bounded number of names; the one that
// needs to be asked for soonest makes room.
#pragma once

#include "base/clock.hpp"
#include "net/addresses.hpp"

#include <cstddef>
#include <string>
#include <unordered_map>

namespace tollgate::net {

class AddressCache {
public:
    explicit AddressCache(std::size_t capacity = 1'024) : capacity_(capacity) {}

    // The addresses that count at `now`, or nullptr: ask. The pointers of this class hold until its next change.
    [[nodiscard]] Addresses const* find(std::string const& name, steady_time now) const;

    // A lookup succeeded. Returns the addresses.
    Addresses const* keep(std::string const& name, Answer answer, steady_time now);

    // A lookup failed. Returns the last good addresses, or nullptr when there are none that may still be used.
    Addresses const* fall_back(std::string const& name, steady_time now);

    // The name has no address any more: an answer, after which nothing old is used (RFC 8767, section 4).
    void forget(std::string const& name) { entries_.erase(name); }

    // Whether lookups have failed since the last one that succeeded, and the old addresses are in use.
    [[nodiscard]] bool is_stale(std::string const& name) const;

    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

private:
    struct Entry {
        Addresses addresses;
        steady_time until;
        steady_time gone;  // from then on they are not used whatever happens
        bool stale = false;
    };

    void make_room();

    std::size_t capacity_;
    std::unordered_map<std::string, Entry> entries_;
};

}  // namespace tollgate::net
