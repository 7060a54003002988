#include "net/addresses.hpp"

#include <algorithm>
#include <cstddef>

namespace tollgate::net {

Addresses interleaved(Addresses const& addresses) {
    Addresses first;
    Addresses others;
    for (auto const& one : addresses) (one.is_v6() == addresses.front().is_v6() ? first : others).push_back(one);
    Addresses all;
    for (std::size_t i = 0; i < std::max(first.size(), others.size()); ++i) {
        if (i < first.size()) all.push_back(first[i]);
        if (i < others.size()) all.push_back(others[i]);
    }
    return all;
}

}  // namespace tollgate::net
