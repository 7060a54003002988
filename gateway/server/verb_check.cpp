#include "base/exit_code.hpp"
#include "server/announcement.hpp"
#include "server/check_services.hpp"
#include "server/counted.hpp"
#include "server/verbs.hpp"

#include <fmt/format.h>

namespace tollgate::server {

int verb_check(std::filesystem::path const& file, Plugins plugins) {
    CheckServices services;
    auto const generation = load_generation(file, plugins, services, FilesForTls::read);
    if (!generation) return print_errors(generation.error());
    auto const& settings = (*generation)->settings();
    for (auto const& line : danger_lines(**generation)) fmt::print(stderr, "warning: {}\n", line);
    fmt::print("{}: ok, {}, {}\n", file.string(), counted(settings.routes.size(), "route"),
               counted(settings.upstreams.size(), "upstream"));
    return exit_code::done;
}

}  // namespace tollgate::server
