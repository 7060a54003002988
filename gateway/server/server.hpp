// The running gateway: workers with their listeners, the services of the plugins, the admin listener, reload
// and drain. Made and run by the `run` verb; tests run one inside their own process.
#pragma once

#include "plugin/plugin.hpp"
#include "settings/settings.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

namespace tollgate::server {

struct ServerOptions {
    std::filesystem::path configuration;  // read again on reload
    std::span<plugin::PluginType const> plugins;
    int access_log_descriptor = 1;
};

class Server {
public:
    // Builds the first generation, opens its resources and binds every address. Errors: all of the configuration, or
    // the first of the machine; nothing is left running.
    [[nodiscard]] static settings::Checked<std::unique_ptr<Server>> create(ServerOptions options);

    ~Server();

    // Logs where it listens, and what is dangerous. Before run(), and before anybody may reload().
    void announce() const;

    // Serves until stop(). Returns when the drain has ended, or a second stop() has ended it.
    enum class Ended { drained, cut };
    Ended run();

    // Begins to drain; a second call ends the drain at once, what is in flight is cut. Thread-safe.
    void stop();

    // Builds a new generation from the file, or keeps the old one and says why in the log: true when it was replaced.
    // `workers` and `metrics` stay as they are: a warning says so when the file has others. Refused once stop() was
    // called, and when another reload or a renewal takes more than 2 s.
    // Thread-safe.
    bool reload();

    // The ports that are bound, in the order of `listen`; then that of `metrics`. For port 0 in tests.
    [[nodiscard]] std::vector<std::uint16_t> ports() const;

private:
    class Parts;
    explicit Server(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace tollgate::server
