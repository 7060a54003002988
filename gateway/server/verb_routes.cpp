#include "base/exit_code.hpp"
#include "server/check_services.hpp"
#include "server/routes_table.hpp"
#include "server/verbs.hpp"

#include <fmt/format.h>

namespace tollgate::server {

int verb_routes(std::filesystem::path const& file, Plugins plugins) {
    CheckServices services;
    auto const generation = load_generation(file, plugins, services, FilesForTls::ignored);
    if (!generation) return print_errors(generation.error());
    fmt::print("{}", routes_table(route_rows(**generation)));
    return exit_code::done;
}

}  // namespace tollgate::server
