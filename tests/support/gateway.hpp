// A whole gateway inside the test's process, on port 0, with its access log in a file. It checks HS256 tokens made by
// token_for(); extra plugins can be added.
#pragma once

#include "plugin/plugin.hpp"
#include "server/server.hpp"
#include "support/socket.hpp"
#include "support/temp_folder.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tollgate::testing {

inline constexpr std::string_view token_secret = "the flow tests' own secret, 32 bytes or more of it";

// An HS256 token for `subject` that ends in an hour.
std::string token_for(std::string_view subject);

// "Authorization: Bearer ..." as a header line with its CRLF.
std::string bearer(std::string_view subject);

struct GatewayOptions {
    std::string routes;         // YAML list items, two spaces in front: "  - {path: /x, upstream: ai}\n"
    std::string further;        // further top-level YAML
    std::string plugin_blocks;  // further blocks under `plugins:`, two spaces in front
    std::vector<plugin::PluginType> plugins{};  // besides the builtin ones
    unsigned workers = 1;
    std::string listen = "127.0.0.1:0";  // YAML
    std::string upstreams{};             // further ones, two spaces in front
    std::string drain = "2s";            // its timeout
};

class Gateway {
public:
    // The upstream `ai` is 127.0.0.1:`origin_port`.
    Gateway(std::uint16_t origin_port, GatewayOptions options);
    Gateway(Gateway const&) = delete;
    Gateway& operator=(Gateway const&) = delete;
    ~Gateway();

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] Socket connect() const { return Socket::connect(port_); }
    [[nodiscard]] server::Server& server() noexcept { return *server_; }

    // Replaces the configuration file's routes and reloads.
    bool reload(std::string routes);

    // The same with other `upstreams`, another `listen`, or other `further`.
    bool reload_upstreams(std::string upstreams);
    bool reload_listen(std::string listen);
    bool reload_further(std::string further);

    // Sends `request` on a new connection and reads one message.
    [[nodiscard]] std::string ask(std::string_view request) const;

    // What its `metrics` address says; `further` names one.
    [[nodiscard]] std::string metrics() const;

    // Begins to drain and waits until the server has ended; the destructor does it otherwise.
    void stop();

    // The access log's lines, once there are at least `count` (waits, bounded).
    [[nodiscard]] std::vector<std::string> log(std::size_t count) const;
    [[nodiscard]] std::string logged() const;  // the only line; empty when there is none, or more

private:
    [[nodiscard]] std::string configuration(std::string_view routes) const;

    TempFolder folder_;
    std::uint16_t origin_port_;
    GatewayOptions options_;
    std::vector<plugin::PluginType> plugins_;
    int log_descriptor_ = -1;
    std::unique_ptr<server::Server> server_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

}  // namespace tollgate::testing
