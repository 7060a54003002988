// A gateway before servers that take few requests at a time, and what its metrics say of those who wait.
#pragma once

#include "support/eventually.hpp"
#include "support/gateway.hpp"
#include "support/text.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate::testing {

// With every date the same.
inline std::string undated(std::string text) {
    auto const begin = text.find("Date: ");
    if (begin != std::string::npos) text.replace(begin + 6, text.find("\r\n", begin) - begin - 6, "D");
    return text;
}

// `gpu: {servers: [...], max_requests: 1, ...}`, as GatewayOptions::upstreams.
inline std::string gpu(std::vector<std::uint16_t> const& ports, std::string_view more = "max_requests: 1") {
    std::string servers;
    for (auto const port : ports)
        servers += fmt::format("{}\"http://127.0.0.1:{}\"", servers.empty() ? "" : ", ", port);
    return fmt::format("  gpu: {{servers: [{}], {}}}\n", servers, more);
}

// Paths under /open/ are for everybody, those under /mine/ for users, and /events/ is told to wait.
class QueuedGateway : public Gateway {
public:
    explicit QueuedGateway(std::string upstreams, GatewayOptions options = {})
        : Gateway(1, with(std::move(upstreams), std::move(options))) {}

    [[nodiscard]] bool says(std::string_view line) const { return contains(metrics(), fmt::format("\n{}\n", line)); }

    // Until so many wait, bounded.
    [[nodiscard]] bool waiting(int count) const {
        return eventually([&] { return says(fmt::format("tollgate_upstream_waiting{{upstream=\"gpu\"}} {}", count)); });
    }

    // Sends a request on a connection of its own, and returns when the gateway has it in the queue.
    [[nodiscard]] Socket queue(std::string_view request, int then_waiting) {
        auto client = connect();
        client.send(request);
        if (!waiting(then_waiting)) throw std::runtime_error("it does not wait");
        return client;
    }

private:
    static GatewayOptions with(std::string upstreams, GatewayOptions options) {
        if (options.routes.empty()) {
            options.routes =
                "  - {path: /open/*, upstream: gpu, protected: false}\n"
                "  - {path: /mine/*, upstream: gpu}\n"
                "  - {path: /events/*, upstream: gpu, protected: false, queued_comments: true}\n";
        }
        options.further += "metrics: 127.0.0.1:0\n";
        options.upstreams = std::move(upstreams);
        return options;
    }
};

inline std::string get(std::string_view target, std::string_view fields = "") {
    return fmt::format("GET {} HTTP/1.1\r\nHost: a\r\n{}\r\n", target, fields);
}

}  // namespace tollgate::testing
