#include "net/event_loop.hpp"

#include <doctest/doctest.h>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace tollgate::event_loop_test {
using namespace std::chrono_literals;
using net::EventLoop;

namespace {

struct Call final : EventLoop::Item {
    explicit Call(std::function<void()> does) : what(std::move(does)) {}
    void run() override { what(); }
    void abandon() noexcept override { abandoned = true; }
    std::function<void()> what;
    bool abandoned = false;
};

// One end of a pair of sockets, that counts what it is told and makes an item due.
struct Ear final : EventLoop::Source {
    explicit Ear(EventLoop& of) : loop(of) {
        std::array<int, 2> pair{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.data()) == 0);
        mine = Descriptor(pair[0]);
        peer = Descriptor(pair[1]);
        REQUIRE(loop.add(mine.get(), *this));
    }
    void note(std::uint32_t events) noexcept override {
        seen |= events;
        ++times;
        loop.due(consequence);
    }
    void say() const { REQUIRE(::write(peer.get(), "x", 1) == 1); }

    EventLoop& loop;
    Descriptor mine;
    Descriptor peer;
    std::uint32_t seen = 0;
    int times = 0;
    std::function<void()> then = [] {};
    Call consequence{[this] { then(); }};
};

void turn(EventLoop& loop) { loop.turn(EventLoop::Waiting::no); }

}  // namespace

TEST_CASE("everything that has happened is noted before any of it has consequences") {
    EventLoop loop;
    Ear first(loop);
    Ear second(loop);
    turn(loop);
    std::array<int, 2> heard{};
    first.then = [&] { heard[0] = second.times; };
    second.then = [&] { heard[1] = first.times; };
    first.say();
    second.say();
    turn(loop);
    CHECK(heard == std::array{2, 2});  // once when they were added, since they can be written to
}

TEST_CASE("everything is heard, however much there is at once") {
    EventLoop loop;
    std::vector<std::unique_ptr<Ear>> ears;
    for (int i = 0; i < 300; ++i) ears.push_back(std::make_unique<Ear>(loop));
    auto const before = loop.number();
    turn(loop);
    CHECK(loop.number() == before + 1);
    for (auto const& ear : ears) ear->say();
    int first_heard_of = 0;
    ears.front()->then = [&] {
        for (auto const& ear : ears) first_heard_of += ear->times == 2 ? 1 : 0;
    };
    turn(loop);
    CHECK(first_heard_of == 300);
}

TEST_CASE("a socket is told of what comes, and of the end behind bytes that nobody has read") {
    EventLoop loop;
    Ear ear(loop);
    turn(loop);
    turn(loop);
    CHECK(ear.times == 1);
    ear.say();
    turn(loop);
    turn(loop);
    CHECK(ear.times == 2);
    CHECK((ear.seen & EPOLLIN) != 0);
    CHECK((ear.seen & EPOLLRDHUP) == 0);
    ear.peer = {};
    turn(loop);
    CHECK((ear.seen & EPOLLRDHUP) != 0);
}

TEST_CASE("an item runs once in the next turn, and one that is gone does not") {
    EventLoop loop;
    int runs = 0;
    Call call([&] { ++runs; });
    auto gone = std::make_unique<Call>([&] { runs += 100; });
    loop.due(call);
    loop.due(*gone);
    loop.due(call);
    gone.reset();
    CHECK(loop.is_busy());
    turn(loop);
    turn(loop);
    CHECK(runs == 1);
    CHECK_FALSE(loop.is_busy());
}

TEST_CASE("an item that is due again waits until the kernel was heard") {
    EventLoop loop;
    Ear ear(loop);
    std::vector<std::string> order;
    Call call([&] {
        order.emplace_back("item");
        if (order.size() == 1) loop.due(call);
    });
    ear.then = [&] { order.emplace_back("event"); };
    loop.due(call);
    ear.say();
    turn(loop);
    turn(loop);
    CHECK(order == std::vector<std::string>{"item", "event", "item"});
}

TEST_CASE("what is last runs in the same turn, behind everything else") {
    EventLoop loop;
    std::vector<std::string> order;
    Call last([&] { order.emplace_back(loop.is_shared() ? "shared" : "last"); });
    Call first([&] {
        order.emplace_back(loop.is_shared() ? "first of two" : "alone");
        loop.last(last);
    });
    Call second([&] { order.emplace_back("second"); });
    loop.due(first);
    loop.due(second);
    turn(loop);
    CHECK(order == std::vector<std::string>{"first of two", "second", "last"});
    loop.due(first);
    turn(loop);
    CHECK(order.at(3) == "alone");
    CHECK(order.size() == 5);
    CHECK_FALSE(loop.is_busy());
}

TEST_CASE("what is called for at the end of a turn still runs in it") {
    EventLoop loop;
    std::vector<std::string> order;
    Call lines([&] { order.emplace_back("lines"); });
    Call sends([&] {
        order.emplace_back("sends");
        loop.last(lines);
    });
    loop.last(sends);
    turn(loop);
    CHECK(order == std::vector<std::string>{"sends", "lines"});
    CHECK_FALSE(loop.is_busy());
}

TEST_CASE("what runs again does so in the same turn, behind those who ran beside it, in their order") {
    EventLoop loop;
    std::vector<std::string> order;
    std::map<std::string, int> times;
    auto run_twice = [&](Call& self, std::string const& name) {
        bool const is_first = ++times[name] == 1;
        order.push_back(name + (is_first ? "" : loop.is_shared() ? " again, shared" : " again"));
        if (is_first) loop.again(self);
    };
    Call one([&] { run_twice(one, "one"); });
    Call two([&] { run_twice(two, "two"); });
    Call last([&] { run_twice(last, "last"); });
    Call behind([&] { order.emplace_back("behind"); });
    loop.due(one);
    loop.due(two);
    loop.last(last);
    loop.last(behind);
    turn(loop);
    CHECK(order == std::vector<std::string>{"one", "two", "one again, shared", "two again, shared", "last", "behind",
                                            "last again, shared"});
    CHECK_FALSE(loop.is_busy());
}

TEST_CASE("other threads post jobs and end a wait, and each job runs once, in order") {
    EventLoop loop;
    std::vector<int> ran;
    for (int round = 0; round < 3; ++round) {
        std::thread poster([&] {
            for (int i = 0; i < 1000; ++i) loop.post([&ran, i] { ran.push_back(i); });
        });
        while (ran.size() < 1000) loop.turn(EventLoop::Waiting::yes);
        poster.join();
        for (int i = 0; i < 1000; ++i) CHECK(ran[static_cast<std::size_t>(i)] == i);
        ran.clear();
    }
}

TEST_CASE("a wait ends with a deadline, and not before") {
    EventLoop loop;
    bool expired = false;
    net::Deadline deadline([&] { expired = true; });
    auto const began = std::chrono::steady_clock::now();
    loop.arm(deadline, 60ms);
    while (!expired) loop.turn(EventLoop::Waiting::yes);
    auto const took = std::chrono::steady_clock::now() - began;
    CHECK(took >= 60ms);
    CHECK(took < 1s);
    CHECK_FALSE(loop.is_busy());
}

TEST_CASE("a wait ends with what is due next: an earlier one that was armed later, the later one, and a new one") {
    EventLoop loop;
    Ear ear(loop);
    std::vector<std::string> expired;
    net::Deadline late([&] { expired.emplace_back("late"); });
    net::Deadline early([&] { expired.emplace_back("early"); });
    auto const wait = [&] { loop.turn(EventLoop::Waiting::yes); };
    loop.arm(late, 1s);
    wait();  // ended by the ear, which can be written to; the timer is set for the late one
    loop.arm(early, 60ms);
    while (expired.empty()) wait();
    CHECK(expired == std::vector<std::string>{"early"});  // woken for the late one, both would have expired
    while (expired.size() < 2) wait();
    ear.say();
    wait();  // nothing is armed: no timer
    loop.arm(early, 60ms);
    while (expired.size() < 3) wait();
    CHECK(expired == std::vector<std::string>{"early", "late", "early"});
}

TEST_CASE("what is held, due or posted is let go of with the loop, even what was posted on the way") {
    auto owned = std::make_shared<int>(0);
    {
        EventLoop loop;
        Call held([] {});
        loop.hold(held);
        struct Poster {
            ~Poster() {
                if (loop) loop->post([kept = kept] {});
            }
            EventLoop* loop;
            std::shared_ptr<int> kept;
        };
        loop.post([poster = std::make_unique<Poster>(&loop, owned)] {});
        loop.abandon();
        CHECK(held.abandoned);
        CHECK(owned.use_count() == 1);
    }
    CHECK(owned.use_count() == 1);
}

}  // namespace tollgate::event_loop_test
