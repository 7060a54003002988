// What a request holds of an upstream while it runs: a server, and perhaps one of its few places (Lease), and that it
// is repeated after silence (Repetition). Both give back what they hold when they go.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

namespace tollgate::upstream {

class Cluster;
class Server;

// A request that a server has: counted as outstanding while this lives. The cluster outlives it, or is held by it.
class Lease {
public:
    Lease() = default;
    Lease(Server& server, std::size_t index, bool counted) noexcept;

    // One of the places of a server of `cluster`, which is limited. Made with the lock of its queue.
    Lease(std::shared_ptr<Cluster> cluster, std::size_t index) noexcept;

    Lease(Lease&& other) noexcept { *this = std::move(other); }
    Lease& operator=(Lease&& other) noexcept;
    ~Lease() { give_back(); }

    explicit operator bool() const noexcept { return server_ != nullptr; }
    [[nodiscard]] Server* operator->() const noexcept { return server_; }
    [[nodiscard]] std::size_t index() const noexcept { return index_; }  // of the server in its upstream

    // Whose place it is; null where there is no limit. Another than that of the exchange's own generation when a reload
    // came while it waited.
    [[nodiscard]] std::shared_ptr<Cluster> const& cluster() const noexcept { return cluster_; }

    // Whether it is one of few, and came by the queue.
    [[nodiscard]] bool is_place() const noexcept { return cluster_ != nullptr; }

    // The server has done with the request: it counts no more, and a place goes to whoever is next. Which server
    // it was stays known.
    void give_back() noexcept;

private:
    std::shared_ptr<Cluster> cluster_;
    Server* server_ = nullptr;
    std::size_t index_ = 0;
    bool counted_ = false;
};

// A request that is repeated after silence: counted while this lives.
class Repetition {
public:
    Repetition() = default;
    explicit Repetition(std::shared_ptr<Cluster> cluster) noexcept;
    Repetition(Repetition&&) noexcept = default;
    Repetition& operator=(Repetition&& other) noexcept {
        std::swap(cluster_, other.cluster_);
        return *this;
    }
    ~Repetition();

private:
    std::shared_ptr<Cluster> cluster_;
};

}  // namespace tollgate::upstream
