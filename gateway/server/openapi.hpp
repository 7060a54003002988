// The operations of a service, out of its OpenAPI document. The document comes from the network and ends in a
// configuration file, so only plain paths that can be routes are taken, at most most_operations of them, and nothing
// of it is ever printed. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::server {

inline constexpr std::size_t most_operations = 500;

struct Operation {
    std::string method;  // "GET"
    std::string path;    // "/items/{id}"

    bool operator==(Operation const&) const = default;
};

struct Operations {
    std::vector<Operation> taken;  // in the order of the document; no two match the same requests
    std::size_t odd = 0;           // left out: the path cannot be a route
    std::size_t in_conflict = 0;   // left out: matches the same requests as one before, or as one that is reserved
    std::size_t too_many = 0;      // left out: beyond most_operations
};

// Nothing when `text` is no JSON object with `paths`. `reserved`: what the gateway answers itself.
[[nodiscard]] std::optional<Operations> operations_of(std::string_view text, std::span<Operation const> reserved);

}  // namespace tollgate::server
