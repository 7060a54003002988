// The requests to one upstream that wait because its servers have as many as they may have, and the places of those
// servers. One for the process, kept over reloads, shared by all workers: a lock, which only requests to an upstream
// with a limit take. A place that becomes free goes at once, under the lock, to who is next; a newcomer gets one
// that nobody who waits can use. What was given to somebody who has left meanwhile is given on.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "upstream/cluster.hpp"
#include "upstream/fair_order.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::upstream {

class Queue {
public:
    // A request that waits, from join() to leave(). Belongs to the exchange; nothing of it is changed meanwhile.
    class Waiter : private FairOrder::Entry {
    public:
        std::shared_ptr<Cluster> cluster;  // that `tried` counts in
        std::string user;                  // in whose line it stands: a user's, or an address's
        std::string user_id;               // that the server is chosen for; may be empty
        Tried tried{};
        // There is a result. Called on any thread with the lock of the queue: it does no more than post.
        std::function<void()> called;

    private:
        friend class Queue;
        std::optional<Result<Lease>> result_;  // guarded by the lock of the queue
    };

    explicit Queue(std::string upstream) : upstream_(std::move(upstream)) {}
    Queue(Queue const&) = delete;
    Queue& operator=(Queue const&) = delete;

    [[nodiscard]] std::string const& upstream() const noexcept { return upstream_; }

    // From now on the servers and the limits are those of `cluster`, for all that wait too: they go to its servers,
    // unless it names none of theirs.
    void follow(std::shared_ptr<Cluster> const& cluster, steady_time now);

    // A place for a request that has just come; an empty lease when it has to wait. Error: errc::no_healthy_upstream.
    [[nodiscard]] Result<Lease> enter(std::shared_ptr<Cluster> const& cluster, std::string_view user_id,
                                      steady_time now);

    // The rules for who waits with `own` as his cluster: of the cluster that is followed.
    [[nodiscard]] settings::Queue rules(std::shared_ptr<Cluster> const& own) const;

    // Lines up, behind the requests of its user or, when it had a server already, in front of all. Its position:
    // see FairOrder. When as many wait as may and none is its user's, the last of the user with most of them is refused
    // instead. Error: errc::queue_full.
    enum class At { end, front };
    [[nodiscard]] Result<std::size_t> join(Waiter& waiter, At at, steady_time now);

    // What the wait came to: a place; errc::no_healthy_upstream when all servers have gone down, queue_full when it had
    // to give way to another user's. Nothing: it goes on.
    [[nodiscard]] std::optional<Result<Lease>> result(Waiter& waiter);

    // Waits no more. What it came to before that nobody has taken.
    std::optional<Result<Lease>> leave(Waiter& waiter) noexcept;

    // Serves who can be served: something may have changed that nobody told.
    void look(steady_time now);

    // A request of `server` has ended.
    void give_back(Server& server) noexcept;

    [[nodiscard]] std::size_t waiting() const;

    // Servers with a limit, of the cluster that is followed.
    struct Load {
        std::string server;
        unsigned running = 0;
        unsigned most = 0;
    };
    [[nodiscard]] std::vector<Load> loads() const;

private:
    // With lock_ held. No lease ends there: that would take the lock again.
    void serve(steady_time now);
    void refuse(Waiter& waiter);
    [[nodiscard]] std::shared_ptr<Cluster> cluster_for(std::shared_ptr<Cluster> const& own) const;
    [[nodiscard]] static Result<Lease> take(std::shared_ptr<Cluster> cluster, std::string_view user_id,
                                            Tried const& tried, steady_time now);

    std::string upstream_;
    mutable std::mutex lock_;  // guards what follows, and who has a place on a server with a limit
    FairOrder order_;
    std::weak_ptr<Cluster> followed_;
};

}  // namespace tollgate::upstream
