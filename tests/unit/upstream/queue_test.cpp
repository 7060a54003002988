#include "unit/upstream/queue_bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

namespace tollgate::queue_test {
using namespace tollgate::test;

TEST_CASE("each server has as many requests as it may have; who comes then waits, and a place that is free is his") {
    Bench bench(upstream_of({1, 2}));
    std::vector<Lease> running;
    for (int i = 0; i < 3; ++i) running.push_back(std::move(*bench.enter()));
    CHECK(bench.running(0) == 1);
    CHECK(bench.running(1) == 2);
    CHECK_FALSE(*bench.enter());
    auto& a = bench.wait("a");
    CHECK(bench.position == 1);
    auto& b = bench.wait("b");
    CHECK(bench.position == 2);
    CHECK(bench.served(a) == "no");
    auto const name = running[2]->name();
    running.pop_back();
    CHECK(a.calls == 1);
    CHECK_FALSE(*bench.enter());  // nobody passes b
    CHECK(bench.served(a) == name);
    CHECK(bench.served(b) == "no");
    running.clear();
    CHECK(bench.served(b) != "no");
    CHECK(b.calls == 1);
    CHECK(bench.running(0) + bench.running(1) == 2);
    CHECK(*bench.enter());
    CHECK(bench.running(0) + bench.running(1) == 2);  // that one has ended with the line
    CHECK(bench.queue->waiting() == 0);
}

TEST_CASE("a place that was given to somebody who has left goes on to the next") {
    Bench bench(upstream_of({1}));
    auto first = bench.enter();
    auto& a = bench.wait("a");
    auto& b = bench.wait("b");
    *first = Lease();
    CHECK(a.calls == 1);
    CHECK(b.calls == 0);
    CHECK(bench.running(0) == 1);
    {
        auto const left = bench.queue->leave(a.waiter);
        REQUIRE(left.has_value());
        CHECK(bench.served(b) == "no");
    }
    CHECK(b.calls == 1);
    CHECK(bench.running(0) == 1);
    CHECK_FALSE(bench.queue->leave(a.waiter).has_value());
    CHECK(bench.served(b) == "a:8000");
    bench.leases.clear();
    CHECK(bench.running(0) == 0);
}

TEST_CASE("a lease that is given back twice gives one place") {
    Bench bench(upstream_of({1}));
    auto lease = bench.enter();
    lease->give_back();
    lease->give_back();
    CHECK(bench.running(0) == 0);
    CHECK((*lease)->name() == "a:8000");
    auto other = bench.enter();
    *lease = Lease();
    CHECK(bench.running(0) == 1);
}

TEST_CASE("a full server is not passed over for one that is ejected; when none is up they are tried") {
    Bench bench(upstream_of({1, 1}));
    bench.cluster->failed(Lease(*bench.cluster->servers()[1], 1, false), bench.now);
    auto first = bench.enter();
    CHECK(first->index() == 0);
    auto& a = bench.wait("a");
    CHECK(bench.served(a) == "no");
    bench.now += 10s;  // the ejection is over
    bench.queue->look(bench.now);
    CHECK(bench.served(a) == "a:8001");
}

TEST_CASE("when every server goes down nobody waits on; one that comes up serves who waits") {
    Bench bench(upstream_of({1, 1}));
    auto first = bench.enter();
    auto second = bench.enter();
    auto& a = bench.wait("a");
    bench.probe(0, false);
    bench.cluster->servers_changed();
    CHECK(bench.served(a) == "no");
    bench.probe(1, false);
    bench.cluster->servers_changed();
    CHECK(bench.served(a) == "down");
    CHECK(bench.enter().error() == errc::no_healthy_upstream);
    bench.probe(1, true);
    auto& b = bench.wait("b");
    CHECK(bench.served(b) == "no");
    *first = Lease();
    *second = Lease();
    CHECK(bench.served(b) == "a:8001");
}

TEST_CASE("who lost his server has the next place at another one") {
    Bench bench(upstream_of({1, 1}));
    auto first = bench.enter();
    auto second = bench.enter();
    auto& a = bench.wait("a");
    REQUIRE(first->index() == 0);
    auto& failed = bench.wait("b", Queue::At::front, Tried(0b01));
    *first = Lease();
    CHECK(bench.served(failed) == "no");
    CHECK(bench.served(a) == "a:8000");
    *second = Lease();
    CHECK(bench.served(failed) == "a:8001");
    auto& nowhere = bench.wait("c", Queue::At::front, Tried(0b11));
    CHECK(bench.served(nowhere) == "down");
}

TEST_CASE("a newcomer takes what is of no use to those who wait, and passes nobody else") {
    Bench bench(upstream_of({1, 1}));
    auto first = bench.enter();
    auto second = bench.enter();
    auto& failed = bench.wait("b", Queue::At::front, Tried(0b01));
    *first = Lease();
    auto newcomer = bench.enter();
    REQUIRE(*newcomer);
    CHECK(newcomer->index() == 0);
    CHECK(bench.served(failed) == "no");
    second->give_back();
    CHECK(bench.served(failed) == "a:8001");
}

TEST_CASE("when all places in the queue are taken a user who has none gets one, of him who has most") {
    auto settings = upstream_of({1});
    settings.queue.most = 3;
    Bench bench(settings);
    auto running = bench.enter();
    auto& a1 = bench.wait("a");
    auto& b1 = bench.wait("b");
    auto& b2 = bench.wait("b");
    auto& c = bench.wait("c");
    CHECK(bench.position == 3);
    auto const refused = bench.queue->result(b2.waiter);
    REQUIRE(refused.has_value());
    CHECK(refused->error() == errc::queue_full);
    CHECK(b2.calls == 1);
    CHECK(bench.queue->waiting() == 3);
    (void)bench.wait("d");  // nobody has more than one
    CHECK(bench.position == 0);
    (void)bench.wait("a");
    CHECK(bench.position == 0);
    running->give_back();
    CHECK(bench.served(a1) == "a:8000");
    CHECK(bench.served(b1) == "no");
    CHECK(bench.served(c) == "no");
}

TEST_CASE("a reload counts at once for those who wait: a higher limit, none, another server") {
    Bench bench(upstream_of({1}));
    bench.queue->follow(bench.cluster, bench.now);
    auto first = bench.enter();
    auto& a = bench.wait("a");
    auto& b = bench.wait("b");
    auto& c = bench.wait("c");
    auto& d = bench.wait("d");
    bench.follow(upstream_of({2}));
    CHECK(bench.served(a) == "a:8000");
    CHECK(bench.served(b) == "no");
    auto other = upstream_of({1});
    other.servers[0].port = 9000;
    bench.follow(other);
    CHECK(bench.served(b) == "no");  // what its route says is for the server that it came for
    CHECK((*bench.enter())->name() == "a:9000");
    bench.leases.pop_front();        // a's
    CHECK(bench.served(b) == "no");  // the one that it came for has still as many as it might have then
    first->give_back();
    CHECK(bench.served(b) == "a:8000");
    CHECK(bench.served(c) == "no");
    bench.follow(upstream_of({std::nullopt}));
    CHECK(bench.served(c) == "a:8000");
    CHECK(bench.served(d) == "a:8000");
}

TEST_CASE("when the upstream is no longer named, those who wait go on by what they came with") {
    Bench bench(upstream_of({1}));
    auto const old = bench.cluster;
    auto first = bench.enter();
    auto& a = bench.wait("a");
    bench.follow(upstream_of({1, 1}));
    CHECK(bench.served(a) == "a:8001");
    auto& b = bench.wait("b");
    bench.guests.back().waiter.cluster = old;
    bench.leases.clear();
    CHECK(bench.served(b) == "a:8001");
    bench.leases.clear();
    bench.cluster = old;  // the newer one is gone
    CHECK_FALSE(*bench.enter());
    *first = Lease();
    CHECK(*bench.enter());
}

TEST_CASE("with user_hash a user whose server is full goes to another rather than wait") {
    Bench bench(upstream_of({1, 1, 1}, Balance::user_hash));
    auto first = bench.enter("a");
    auto second = bench.enter("a");
    auto third = bench.enter("a");
    CHECK(std::set{first->index(), second->index(), third->index()}.size() == 3);
    CHECK_FALSE(*bench.enter("a"));
    auto const home = first->index();
    *first = Lease();
    CHECK(bench.enter("a")->index() == home);
}

TEST_CASE("the loads are those of the servers with a limit that is followed") {
    Bench bench(upstream_of({3, std::nullopt}));
    CHECK(bench.queue->loads().empty());
    bench.queue->follow(bench.cluster, bench.now);
    auto lease = bench.enter();
    auto const loads = bench.queue->loads();
    REQUIRE(loads.size() == 1);
    CHECK(loads[0].server == "a:8000");
    CHECK(loads[0].running == 1);
    CHECK(loads[0].most == 3);
    CHECK(bench.servers.queues().size() == 1);
}

TEST_CASE("who comes in by an older configuration lines up by the bounds of the newest") {
    auto upstream = upstream_of({1});
    upstream.queue = {.most = 5, .most_per_user = 2, .max_wait = 1min, .comment_interval = 15s};
    Bench bench(upstream);
    bench.queue->follow(bench.cluster, bench.now);
    auto const running = bench.enter();
    auto const older = bench.cluster;
    struct Row {
        std::size_t most, most_per_user;
        std::string user;
        std::size_t position;  // 0: queue_full
    };
    std::size_t waiting = 0;
    for (auto const& row : {Row{0, 2, "a", 0}, Row{1, 2, "a", 1}, Row{1, 2, "b", 0}, Row{9, 1, "a", 0},
                            Row{9, 1, "b", 2}, Row{9, 2, "a", 3}, Row{9, 2, "a", 0}, Row{9, 9, "a", 4}}) {
        upstream.queue.most = row.most;
        upstream.queue.most_per_user = row.most_per_user;
        bench.follow(upstream);
        auto const newest = std::exchange(bench.cluster, older);
        bench.wait(row.user);
        CAPTURE(row.most);
        CAPTURE(row.most_per_user);
        CHECK(bench.position == row.position);
        waiting += row.position > 0 ? 1 : 0;
        CHECK(bench.queue->waiting() == waiting);
        bench.cluster = newest;
    }
}

}  // namespace tollgate::queue_test
