#include "server/check_services.hpp"
#include "server/exit_code.hpp"
#include "server/verbs.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <string_view>

namespace tollgate::server {
namespace {

std::string counted(std::size_t count, std::string_view noun) { return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s"); }

}  // namespace

int verb_check(std::filesystem::path const& file, Plugins plugins) {
    CheckServices services;
    auto const generation = load_generation(file, plugins, services);
    if (!generation) return print_errors(generation.error());
    auto const& settings = (*generation)->settings();
    fmt::print("{}: ok, {}, {}\n", file.string(), counted(settings.routes.size(), "route"), counted(settings.upstreams.size(), "upstream"));
    return done;
}

}  // namespace tollgate::server
