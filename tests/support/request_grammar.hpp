// Odd, ambiguous and broken requests, made by a grammar from a number alone: number 17 is the same bytes each time, so
// that a failure can be looked at by itself. The first numbers go through all oddities, each in a plain request; the
// others mix up to three. Pure; whether a request is sound is not for the grammar to know.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::testing {

struct OddRequest {
    std::string bytes;                       // may hold further requests, or half of one
    std::vector<std::size_t> cuts;           // ascending: where one write ends and the next begins
    std::vector<std::string_view> oddities;  // what was done to it
    bool waits = false;                      // whether the client reads its answer before it sends the next request
};

// Below 10,000.
OddRequest odd_request(unsigned number);

// A plain request, to a target that belongs to `number` alone.
std::string clean_request(unsigned number);

// Stands in every target of the requests of `number`, the ones that are hidden in others included.
std::string mark_of(unsigned number);

}  // namespace tollgate::testing
