// The servers of the process by upstream and name, and the queues by upstream: what two generations name is one object.
// Thread-safe.
#pragma once

#include "upstream/queue.hpp"
#include "upstream/server.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::upstream {

class Servers {
public:
    [[nodiscard]] std::shared_ptr<Server> at(std::string const& upstream, std::string const& name);

    // All that some generation still names.
    [[nodiscard]] std::vector<std::shared_ptr<Server>> all() const;

    // Where the requests to an upstream wait, and all such places.
    [[nodiscard]] std::shared_ptr<Queue> queue_of(std::string const& upstream);
    [[nodiscard]] std::vector<std::shared_ptr<Queue>> queues() const;

private:
    mutable std::mutex lock_;  // guards what follows
    std::map<std::pair<std::string, std::string>, std::weak_ptr<Server>> known_;
    std::map<std::string, std::weak_ptr<Queue>> queues_;
};

}  // namespace tollgate::upstream
