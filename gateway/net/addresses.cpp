#include "net/addresses.hpp"

#include <algorithm>
#include <cstddef>

namespace tollgate::net {

std::optional<asio::ip::address> literal_of(std::string const& name) {
    if (name.contains('\0')) return std::nullopt;  // make_address would stop there
    boost::system::error_code not_literal;
    auto const address = asio::ip::make_address(name, not_literal);
    return not_literal ? std::nullopt : std::optional(address);
}

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
