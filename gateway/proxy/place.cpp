#include "proxy/place.hpp"

#include "base/client_key.hpp"
#include "proxy/connection.hpp"
#include "proxy/patience.hpp"
#include "proxy/queued_comments.hpp"
#include "upstream/queue.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate::proxy {
namespace {

using std::chrono::milliseconds;
using upstream::Lease;
using upstream::Queue;

// In whose line it stands. A user cannot have the name of an address, nor an address that of a user.
std::string name_in_queue(Flight const& flight) {
    auto const user_id = flight.user_id();
    return user_id.empty() ? "address " + client_key(flight.client.address) : "user " + std::string(user_id);
}

// A request in the queue, for as long as this lives.
class Wait {
public:
    Wait(Flight& flight, upstream::Tried const& tried)
        : flight_(flight),
          queue_(flight.cluster()->queue()),
          call_(std::make_shared<net::Suspension>(flight.state.worker().loop())) {
        waiter_.cluster = flight.cluster();
        waiter_.user = name_in_queue(flight);
        waiter_.user_id = flight.user_id();
        waiter_.tried = tried;
        waiter_.called = [&worker = flight.state.worker(), call = std::weak_ptr(call_)] {
            worker.post([call] {
                if (auto const awaited = call.lock()) awaited->wake();
            });
        };
        flight_.queue_wait = call_.get();
        flight_.watch_client();
    }
    Wait(Wait const&) = delete;
    Wait& operator=(Wait const&) = delete;
    ~Wait() {
        flight_.queue_wait = nullptr;
        (void)queue_.leave(waiter_);  // a place that came too late goes on to the next
    }

    [[nodiscard]] Result<std::size_t> join(Queue::At at) { return queue_.join(waiter_, at, net::Worker::now()); }

    [[nodiscard]] net::Task<Result<Lease>> run(steady_time began, std::string_view body) {
        bool const hears_of_it = may_be_told_to_wait(flight_, body);
        Patience patience(began, {}, {});
        for (;;) {
            follow_rules(patience, hears_of_it);
            if (flight_.ended != errc{}) co_return failure(flight_.ended);
            if (auto result = queue_.result(waiter_)) co_return std::move(*result);
            switch (patience.at(net::Worker::now())) {
                case Patience::Act::give_up: co_return last_chance();
                case Patience::Act::look: queue_.look(net::Worker::now()); continue;
                case Patience::Act::comment:
                    if (auto const sent = send_queued_comment(flight_); !sent) co_return std::unexpected(sent.error());
                    continue;
                case Patience::Act::wait: break;
            }
            (void)co_await call_->wait(std::chrono::ceil<milliseconds>(patience.next() - net::Worker::now()));
        }
    }

private:
    // A reload may have changed them. All waits of one request together take no longer than one may.
    void follow_rules(Patience& patience, bool hears_of_it) const {
        auto const rules = queue_.rules(waiter_.cluster);
        auto const waited = flight_.summary.queued.value_or(std::chrono::nanoseconds::zero());
        patience.follow(rules.max_wait - std::chrono::duration_cast<milliseconds>(waited),
                        hears_of_it ? std::optional(rules.comment_interval) : std::nullopt);
    }

    Result<Lease> last_chance() {
        if (auto result = queue_.leave(waiter_)) return std::move(*result);
        return failure(errc::queue_timeout);
    }

    Flight& flight_;
    Queue& queue_;
    std::shared_ptr<net::Suspension> call_;  // shared with who calls, perhaps too late
    Queue::Waiter waiter_;
};

net::Task<Result<Lease>> wait_in_queue(Flight& flight, std::string_view body, upstream::Tried const& tried) {
    auto const began = net::Worker::now();
    auto const& counts = *flight.generation->wait_counts(flight.route->upstream);
    Wait wait(flight, tried);
    auto const position = wait.join(tried.none() ? Queue::At::end : Queue::At::front);
    if (!position) {
        counts.ended(errc_of(position.error(), errc::internal_error), {});
        co_return std::unexpected(position.error());
    }
    auto taken = co_await wait.run(began, body);
    auto const waited = net::Worker::now() - began;
    auto& summary = flight.summary;
    if (!summary.queued) summary.queue_position = *position;
    summary.queued = summary.queued.value_or(std::chrono::nanoseconds::zero()) + waited;
    counts.ended(taken ? errc{} : errc_of(taken.error(), errc::internal_error), waited);
    co_return taken;
}

}  // namespace

net::Task<Result<void>> take_place(Flight& flight, std::string_view body, upstream::Tried& tried) {
    auto const cluster = flight.cluster();
    Result<Lease> taken;
    if (tried.none()) taken = cluster->queue().enter(cluster, flight.user_id(), net::Worker::now());
    else flight.lease.give_back();
    if (taken && !*taken) taken = co_await wait_in_queue(flight, body, tried);
    if (!taken) co_return std::unexpected(taken.error());
    if (taken->cluster() != cluster) tried.reset();
    flight.lease = std::move(*taken);
    co_return Result<void>{};
}

}  // namespace tollgate::proxy
