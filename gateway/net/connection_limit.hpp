// How many client connections there are, in the process and for each client address, and whether one more is admitted.
// It admits nobody until set() says how many: what the numbers are by default is for the settings to say. Thread-safe:
// one lock, taken once when a connection begins and once when it ends.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace tollgate::net {

class ConnectionLimit {
public:
    // Holds one admitted connection's place until it dies. The limit outlives its places.
    class Place {
    public:
        Place() = default;
        Place(Place&& other) noexcept
            : limit_(std::exchange(other.limit_, nullptr)), address_(std::move(other.address_)) {}
        Place& operator=(Place&&) = delete;
        ~Place() {
            if (limit_) limit_->leave(address_);
        }
        [[nodiscard]] explicit operator bool() const noexcept { return limit_ != nullptr; }

    private:
        friend class ConnectionLimit;
        Place(ConnectionLimit& limit, std::string address) : limit_(&limit), address_(std::move(address)) {}
        ConnectionLimit* limit_ = nullptr;
        std::string address_;
    };

    void set(std::uint64_t in_total, std::uint64_t per_address) noexcept;

    // A place, or an empty one when a limit is reached.
    [[nodiscard]] Place enter(std::string_view address);

    [[nodiscard]] std::uint64_t count() const noexcept { return count_.load(std::memory_order_relaxed); }

private:
    void leave(std::string const& address);

    std::atomic<std::uint64_t> most_{0};
    std::atomic<std::uint64_t> most_per_address_{0};
    std::atomic<std::uint64_t> count_{0};
    std::mutex addresses_lock_;  // guards addresses_
    std::unordered_map<std::string, std::uint64_t> addresses_;
};

}  // namespace tollgate::net
