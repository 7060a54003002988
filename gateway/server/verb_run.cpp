#include "base/exit_code.hpp"
#include "base/log.hpp"
#include "server/announcement.hpp"
#include "server/check_services.hpp"
#include "server/server.hpp"
#include "server/verbs.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::server {
namespace {

// What must be said once the addresses are bound.
struct Announcement {
    std::vector<settings::Listen> listen;
    std::optional<settings::ListenAddress> metrics;
    std::vector<std::string> dangers;
};

settings::Checked<Announcement> checked(std::filesystem::path const& file, Plugins plugins) {
    CheckServices services;
    auto const generation = load_generation(file, plugins, services, FilesForTls::checked);
    if (!generation) return std::unexpected(generation.error());
    auto const& settings = (*generation)->settings();
    auto dangers = danger_lines(**generation);
    if (auto const lack = lack_of_descriptors(settings.limits.connections)) dangers.push_back(*lack);
    return Announcement{settings.listen, settings.metrics, std::move(dangers)};
}

void announce(Announcement const& announcement, Server const& server) {
    for (auto const& line : listening_lines(announcement.listen, announcement.metrics, server.ports())) log::info(line);
    for (auto const& line : announcement.dangers) log::warning(line);
}

}  // namespace

int verb_run(std::filesystem::path const& file, Plugins plugins, CoreDumps core_dumps) {
    std::unique_ptr<Server> server;  // outlives the thread that calls it
    SignalThread signals;
    prepare_process(core_dumps);

    auto const announcement = checked(file, plugins);
    if (!announcement) return print_errors(announcement.error());
    auto created = Server::create({.configuration = file, .plugins = plugins});
    if (!created) {
        for (auto const& line : created.error()) print_error(line);
        return exit_code::failed;
    }
    server = std::move(*created);
    signals.attend({.stop = [&server] { server->stop(); }, .reload = [&server] { (void)server->reload(); }});
    announce(*announcement, *server);
    server->run();
    return exit_code::done;
}

}  // namespace tollgate::server
