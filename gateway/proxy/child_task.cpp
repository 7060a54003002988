#include "proxy/child_task.hpp"

#include "base/log.hpp"

#include <cassert>

namespace tollgate::proxy {

ChildTask::~ChildTask() { assert(!running_); }

void ChildTask::start(net::Task<> work) {
    assert(!running_);
    auto running = run(std::move(work));
    running_ = true;
    try {
        worker_.spawn(std::move(running));
    } catch (...) {  // there is no memory for it: it never ran
        running_ = false;
        throw;
    }
}

net::Task<> ChildTask::run(net::Task<> work) {
    try {
        co_await net::let_others_run(worker_.loop());
        co_await std::move(work);
    } catch (...) {
        log::thrown("a task beside an exchange");
        on_bug_();
    }
    running_ = false;
    over_.wake();
}

net::Task<> ChildTask::join() {
    if (running_) (void)co_await over_.wait({});
}

}  // namespace tollgate::proxy
