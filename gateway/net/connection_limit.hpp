// How many client connections there are, in the process and for each client address, and whether one more is admitted.
// Whose a connection is may be said later: behind a balancer it is only known when that has spoken.
// It admits nobody until set() says how many: what the numbers are by default is for the settings to say. Thread-safe:
// one lock, taken once when a connection begins and once when it ends.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace tollgate::net {

class ConnectionLimit {
    using Addresses = std::unordered_map<std::string, std::uint64_t>;

public:
    // Holds one admitted connection's place until it dies. The limit outlives its places.
    class Place {
    public:
        Place() = default;
        Place(Place&& other) noexcept
            : limit_(std::exchange(other.limit_, nullptr)), address_(std::exchange(other.address_, nullptr)) {}
        Place& operator=(Place&&) = delete;
        ~Place() {
            if (limit_) limit_->leave(address_);
        }
        [[nodiscard]] explicit operator bool() const noexcept { return limit_ != nullptr; }

        // Charges this address with a place that is nobody's. False when it has as many as it may have: the place is
        // still nobody's.
        [[nodiscard]] bool charge(std::string_view address);

    private:
        friend class ConnectionLimit;
        explicit Place(ConnectionLimit& limit) : limit_(&limit) {}
        ConnectionLimit* limit_ = nullptr;
        Addresses::value_type* address_ = nullptr;  // null: nobody's
    };

    void set(std::uint64_t in_total, std::uint64_t per_address) noexcept;

    // A place, or an empty one when a limit is reached.
    [[nodiscard]] Place enter(std::string_view address);
    [[nodiscard]] Place enter_for_nobody();  // within the limit in total

    [[nodiscard]] std::uint64_t count() const noexcept { return count_.load(std::memory_order_relaxed); }

    // How many were not admitted, by the limit that was reached.
    [[nodiscard]] std::uint64_t refused_in_total() const noexcept {
        return refused_in_total_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t refused_per_address() const noexcept {
        return refused_per_address_.load(std::memory_order_relaxed);
    }

private:
    [[nodiscard]] Addresses::value_type* charge(std::string_view address);
    void leave(Addresses::value_type* address) noexcept;

    std::atomic<std::uint64_t> most_{0};
    std::atomic<std::uint64_t> most_per_address_{0};
    std::atomic<std::uint64_t> count_{0};
    std::atomic<std::uint64_t> refused_in_total_{0};
    std::atomic<std::uint64_t> refused_per_address_{0};
    std::mutex addresses_lock_;  // guards addresses_
    Addresses addresses_;        // only those with a connection
};

}  // namespace tollgate::net
