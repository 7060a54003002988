#include "proxy/child_task.hpp"

#include "support/await.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <stdexcept>
#include <string>

using namespace tollgate;
using proxy::ChildTask;
namespace asio = boost::asio;

namespace {

enum class How { returns, throws };

asio::awaitable<void> work(std::string& events, How how) {
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    events += "worked ";
    if (how == How::throws) throw std::runtime_error("a bug");
}

asio::awaitable<std::string> run(How how) {
    std::string events;
    ChildTask task([&events] { events += "bug "; });
    co_await task.join();  // at once: it never ran
    task.start(co_await asio::this_coro::executor, work(events, how));
    events += task.running() ? "started " : "";
    co_await task.join();
    events += task.running() ? "" : "joined";
    co_return events;
}

}  // namespace

TEST_CASE("a task is joined when it has returned, and when it threw, which its parent hears of first") {
    asio::io_context context(1);
    CHECK(testing::await(context, run(How::returns)) == "started worked joined");
    CHECK(testing::await(context, run(How::throws)) == "started worked bug joined");
}
