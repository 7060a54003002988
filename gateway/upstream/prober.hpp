// Asks every server of the upstreams that have `health.path` whether it is well, on a thread of its own, one for the
// process. Each question is one GET on a new connection with one deadline over all of it; a server is asked again so
// long after the last answer. What it finds out goes to upstream/server.
#pragma once

#include "net/resolver.hpp"
#include "net/task.hpp"
#include "net/worker.hpp"
#include "upstream/cluster.hpp"

#include <memory>
#include <vector>

namespace tollgate::upstream {

class Prober {
public:
    // The resolver may end before the prober does, once stop() was called. `index` is that of a worker's counters.
    Prober(net::Resolver& resolver, unsigned index);
    Prober(Prober const&) = delete;
    Prober& operator=(Prober const&) = delete;
    ~Prober();

    // From now on these are asked, the first time at once, and no others. Thread-safe, not beside itself.
    void watch(std::vector<std::shared_ptr<Cluster>> const& clusters);

    // Asks nobody any more and waits for nothing: questions that are under way are dropped. For good.
    void stop();

private:
    struct Probe;

    void ask_only(std::vector<std::shared_ptr<Probe>> probes);
    void ask(std::shared_ptr<Probe> const& probe);
    [[nodiscard]] net::Task<> run(std::shared_ptr<Probe> probe);

    net::Resolver& resolver_;
    net::Worker worker_;
    std::vector<std::shared_ptr<Probe>> probes_;  // on the worker only
    bool started_ = false;
    bool stopped_ = false;
};

}  // namespace tollgate::upstream
