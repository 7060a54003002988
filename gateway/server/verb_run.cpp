#include "base/exit_code.hpp"
#include "server/server.hpp"
#include "server/verbs.hpp"

#include <memory>
#include <utility>

namespace tollgate::server {

int verb_run(std::filesystem::path const& file, Plugins plugins, CoreDumps core_dumps) {
    std::unique_ptr<Server> server;  // outlives the thread that calls it
    SignalThread signals;
    prepare_process(core_dumps);

    auto created = Server::create({.configuration = file, .plugins = plugins});
    if (!created) return print_errors(created.error());
    server = std::move(*created);
    signals.attend({.stop = [&server] { server->stop(); }, .reload = [&server] { (void)server->reload(); }});
    server->announce();
    server->run();
    return exit_code::done;
}

}  // namespace tollgate::server
