#include "upstream/lease.hpp"

#include "upstream/cluster.hpp"
#include "upstream/queue.hpp"

#include <atomic>

namespace tollgate::upstream {

Lease::Lease(Server& server, std::size_t index, bool counted) noexcept
    : server_(&server), index_(index), counted_(counted) {
    if (counted_) server_->begin_request();
}

Lease::Lease(std::shared_ptr<Cluster> cluster, std::size_t index) noexcept
    : cluster_(std::move(cluster)), server_(cluster_->servers()[index].get()), index_(index), counted_(true) {
    server_->begin_request();
    server_->requests.add();
}

Lease& Lease::operator=(Lease&& other) noexcept {
    if (this == &other) return *this;
    give_back();
    cluster_ = std::move(other.cluster_);
    server_ = std::exchange(other.server_, nullptr);
    index_ = other.index_;
    counted_ = std::exchange(other.counted_, false);
    return *this;
}

void Lease::give_back() noexcept {
    if (!std::exchange(counted_, false)) return;
    if (cluster_) cluster_->queue().give_back(*server_);
    else server_->end_request();
}

Repetition::Repetition(std::shared_ptr<Cluster> cluster) noexcept : cluster_(std::move(cluster)) {
    cluster_->repetitions_.fetch_add(1, std::memory_order_relaxed);
}

Repetition::~Repetition() {
    if (cluster_) cluster_->repetitions_.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace tollgate::upstream
