// The configuration that `tollgate init` writes: the service, its operations as routes, and the auth plugin. Pure.
#pragma once

#include "server/openapi.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::server {

// What the auth plugin answers itself with these settings.
[[nodiscard]] std::vector<Operation> reserved_operations();

// For a service whose operations are not known.
[[nodiscard]] std::vector<Operation> starting_operations();

// The text of a tollgate.yaml. Each operation is a protected route of its own. `upstream` is a
// URL and `store` the DSN of the users; both may hold any character but a control.
[[nodiscard]] std::string starting_file(std::string_view upstream, std::string_view store,
                                        std::span<Operation const> operations);

// `upstreams` alone, for reading a URL as the settings read it.
[[nodiscard]] std::string upstream_only(std::string_view upstream);

}  // namespace tollgate::server
