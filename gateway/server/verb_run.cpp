#include "base/exit_code.hpp"
#include "server/server.hpp"
#include "server/verbs.hpp"

#include <cstdlib>
#include <memory>
#include <utility>

namespace tollgate::server {

int verb_run(std::filesystem::path const& file, Plugins plugins, CoreDumps core_dumps) {
    std::unique_ptr<Server> server;  // outlives the threads that call it
    Signals signals;
    prepare_process(core_dumps);

    auto created = Server::create({.configuration = file, .plugins = plugins});
    if (!created) return print_errors(created.error());
    server = std::move(*created);
    server->announce();
    signals.attend({.stop = [&server] { server->stop(); }, .reload = [&server] { (void)server->reload(); }});
    // Who asked twice waits for nobody: a reload, or a plugin, may still be at work.
    if (server->run() == Server::Ended::cut) std::_Exit(exit_code::done);
    return exit_code::done;
}

}  // namespace tollgate::server
