#include "server/configuration.hpp"

#include "base/exit_code.hpp"
#include "net/ticket_keys.hpp"
#include "server/tls_files.hpp"

#include <fmt/format.h>

#include <array>
#include <system_error>
#include <utility>

namespace tollgate::server {

std::expected<std::filesystem::path, std::string> configuration_file(std::string const& given,
                                                                     char const* from_environment) {
    static constexpr std::array places{"tollgate.yaml", "/etc/tollgate/tollgate.yaml"};
    if (!given.empty()) return given;
    if (from_environment && *from_environment) return from_environment;
    for (std::filesystem::path const place : places) {
        std::error_code unknown;  // what cannot be looked at counts as there: reading it will say why it cannot
        if (std::filesystem::exists(place, unknown) || unknown) return place;
    }
    return std::unexpected(
        fmt::format("no configuration: TOLLGATE_CONFIG is not set, and neither ./{} nor {} exists "
                    "(`tollgate init --upstream URL` writes one)",
                    places[0], places[1]));
}

settings::Checked<std::shared_ptr<proxy::Generation>> load_generation(std::filesystem::path const& file,
                                                                      Plugins plugins, plugin::Services& services,
                                                                      FilesForTls files) {
    auto loaded = settings::load_with_errors(file);
    if (!loaded) return std::unexpected(std::move(loaded).error());
    if (files == FilesForTls::read) {
        auto const tickets = std::make_shared<net::TicketKeys>(services.clock().steady_now());
        (void)read_tls_files(*loaded, tickets);
    }
    return proxy::Generation::create(std::move(*loaded), plugins, services);
}

int print_errors(settings::SettingsErrors const& errors) {
    for (auto const& error : errors) {
        if (error.where.file.empty()) print_error(error.what);
        else fmt::print(stderr, "{}\n", error.line());
    }
    return exit_code::failed;
}

int print_error(std::string const& line) {
    fmt::print(stderr, "tollgate: {}\n", line);
    return exit_code::failed;
}

}  // namespace tollgate::server
