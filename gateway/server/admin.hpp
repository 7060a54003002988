// The `metrics:` listener: /livez, /readyz and /metrics, on a thread of its own, so that a scrape or a probe never
// meets a request. Slow path: Beast reads and writes here. It says nothing about users.
#pragma once

#include "server/server_services.hpp"

#include <cstdint>
#include <expected>
#include <memory>
#include <string>

namespace tollgate::server {

class Admin {
public:
    static constexpr unsigned most_connections = 64;

    // Binds and serves at once. `services` outlives it. The error is a sentence without the address.
    [[nodiscard]] static std::expected<std::unique_ptr<Admin>, std::string> create(std::string const& address,
                                                                                   std::uint16_t port,
                                                                                   ServerServices& services);

    Admin(Admin const&) = delete;
    Admin& operator=(Admin const&) = delete;
    ~Admin();  // closes what is open and joins

    // From now on /readyz is 503. Thread-safe.
    void set_draining();

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

private:
    struct Serving;  // the context, the thread and what connections share
    Admin(std::unique_ptr<Serving> serving, std::uint16_t port);

    std::unique_ptr<Serving> serving_;
    std::uint16_t port_;
};

}  // namespace tollgate::server
