// Whom TLS speaks to at the servers of one upstream: a target for each server and worker, with the sessions that this
// worker can resume there. Thread-safe; a lock, taken when a connection is opened.
#pragma once

#include "net/tls_client.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tollgate::upstream {

class Targets {
public:
    // `names`: what each server is asked for, in their order.
    Targets(std::vector<std::string> names, unsigned workers);

    // From now on they are spoken to with `context`, and nothing is resumed; connections stay as they are.
    void use(std::shared_ptr<net::TlsClientContext const> context);

    // A worker beyond those of the upstream, as the prober is, gets one that nobody else has.
    [[nodiscard]] std::shared_ptr<net::TlsTarget> at(std::size_t server, unsigned worker) const;

private:
    std::vector<std::string> names_;
    unsigned workers_;
    mutable std::mutex lock_;  // guards what follows
    std::shared_ptr<net::TlsClientContext const> context_;
    std::vector<std::shared_ptr<net::TlsTarget>> targets_;  // by server, then by worker
};

}  // namespace tollgate::upstream
