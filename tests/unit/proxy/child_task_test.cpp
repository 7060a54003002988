#include "proxy/child_task.hpp"

#include "support/await_on_worker.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

namespace tollgate::child_task_test {
using proxy::ChildTask;

namespace {

enum class How { returns, throws };

net::Task<> work(net::Worker& worker, std::string& events, How how) {
    co_await net::let_others_run(worker.loop());
    events += "worked ";
    if (how == How::throws) throw std::runtime_error("a bug");
}

net::Task<std::string> run(net::Worker& worker, How how) {
    std::string events;
    ChildTask task(worker, [&events] { events += "bug "; });
    co_await task.join();  // at once: it never ran
    task.start(work(worker, events, how));
    events += task.running() ? "started " : "";
    co_await task.join();
    events += task.running() ? "" : "joined";
    co_return events;
}

}  // namespace

TEST_CASE("a task is joined when it has returned, and when it threw, which its parent hears of first") {
    net::Worker worker{0};
    CHECK(testing::await(worker, run(worker, How::returns)) == "started worked joined");
    CHECK(testing::await(worker, run(worker, How::throws)) == "started worked bug joined");
}

}  // namespace tollgate::child_task_test
