// A service that answers nothing until the test lets it go on: requests are with it for as long as the test wants.
#pragma once

#include "support/origin.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::testing {

class HeldOrigin {
public:
    // What is said to a request; by default 200 with its target.
    using Answer = std::function<std::string(std::string const& request)>;

    explicit HeldOrigin(Answer answer = [](std::string const& request) { return ok(target_of(request)); })
        : answer_(std::move(answer)), origin_([this](Origin& origin, Socket& socket) { serve(origin, socket); }) {}
    HeldOrigin(HeldOrigin const&) = delete;
    HeldOrigin& operator=(HeldOrigin const&) = delete;
    ~HeldOrigin() { let_go(1'000'000); }

    // So many more answers may go.
    void let_go(int count = 1) {
        std::scoped_lock const lock(lock_);
        allowed_ += count;
        changed_.notify_all();
    }

    [[nodiscard]] std::uint16_t port() const noexcept { return origin_.port(); }
    [[nodiscard]] std::size_t heard() const { return origin_.received().size(); }
    [[nodiscard]] std::vector<std::string> received() const { return origin_.received(); }

    // The targets in the order in which they came.
    [[nodiscard]] std::string order() const {
        std::string all;
        for (auto const& request : origin_.received()) all += target_of(request) + " ";
        return all;
    }

    // How many it had at once, at most.
    [[nodiscard]] int most_at_once() {
        std::scoped_lock const lock(lock_);
        return most_;
    }

    static std::string target_of(std::string const& request) {
        auto const begin = request.find(' ') + 1;
        return request.substr(begin, request.find(' ', begin) - begin);
    }

private:
    void serve(Origin& origin, Socket& socket) {
        for (;;) {
            auto const request = origin.receive(socket);
            if (request.empty()) return;
            {
                std::unique_lock lock(lock_);
                most_ = std::max(most_, ++running_);
                changed_.wait_for(lock, std::chrono::seconds(30), [this] { return allowed_ > 0; });
                --allowed_;
                --running_;
            }
            socket.send(answer_(request));
        }
    }

    Answer answer_;
    std::mutex lock_;  // guards the numbers
    std::condition_variable changed_;
    int allowed_ = 0;
    int running_ = 0;
    int most_ = 0;
    Origin origin_;
};

}  // namespace tollgate::testing
