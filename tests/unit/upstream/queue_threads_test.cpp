#include "unit/upstream/queue_bench.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace tollgate::queue_threads_test {
using namespace tollgate::test;

namespace {

// What many threads do to one queue at once: each waits for its turns, and leaves some of them.
struct Crowd {
    static constexpr int rounds = 1500;
    static constexpr std::array<unsigned, 2> limits{1, 2};

    void visit(unsigned number) {
        std::minstd_rand random(number + 1);
        for (int round = 0; round < rounds; ++round) {
            auto lease = bench.queue->enter(bench.cluster, {}, std::chrono::steady_clock::now());
            REQUIRE(lease);
            if (!*lease) {
                auto waited = wait(number, random);
                if (!waited) continue;
                lease = std::move(*waited);
            }
            auto& running = counts[lease->index()];
            if (running.fetch_add(1) >= limits[lease->index()]) too_many = true;
            if (random() % 4 == 0) std::this_thread::yield();
            running.fetch_sub(1);
            ++served;
        }
    }

    std::optional<Lease> wait(unsigned number, std::minstd_rand& random) {
        std::mutex lock;
        std::condition_variable changed;
        bool called = false;
        Queue::Waiter waiter;
        waiter.cluster = bench.cluster;
        waiter.user = std::to_string(number % 4);
        waiter.called = [&] {
            std::scoped_lock const held(lock);
            called = true;
            changed.notify_one();
        };
        if (!bench.queue->join(waiter, Queue::At::end, std::chrono::steady_clock::now())) return {};
        bool const patient = random() % 4 != 0;
        {
            std::unique_lock held(lock);
            auto const patience = patient ? 20s : std::chrono::microseconds(random() % 20);
            if (!changed.wait_for(held, patience, [&] { return called; }) && patient) forgotten = true;
        }
        auto result = bench.queue->leave(waiter);
        if (!patient || !result || !*result) return {};
        return std::move(**result);
    }

    Bench bench{upstream_of({1, 2})};
    std::array<std::atomic<unsigned>, 2> counts{};
    std::atomic<bool> too_many = false;
    std::atomic<bool> forgotten = false;
    std::atomic<int> served = 0;
};

}  // namespace

TEST_CASE("many threads at once: no server has too many, no place is lost, and nobody is forgotten") {
    Crowd crowd;
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 8; ++i) threads.emplace_back([&crowd, i] { crowd.visit(i); });
    for (auto& thread : threads) thread.join();
    CHECK_FALSE(crowd.too_many);
    CHECK_FALSE(crowd.forgotten);
    CHECK(crowd.served > Crowd::rounds);
    CHECK(crowd.bench.running(0) == 0);
    CHECK(crowd.bench.running(1) == 0);
    CHECK(crowd.bench.queue->waiting() == 0);
}

}  // namespace tollgate::queue_threads_test
