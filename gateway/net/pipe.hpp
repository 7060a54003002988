// Pipes of the kernel, through which bytes go from one socket to another without passing through memory of ours
// (splice(2)). A worker lends an empty one for a piece and gets it back when that has gone; one that still holds bytes
// then is closed: nobody else may get them. How many are lent is bounded, so that clients who take nothing can hold no
// more than so much of the kernel's memory and of our descriptors. Not thread-safe.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace tollgate::net {

class PipePool;

class Pipe {
public:
    static constexpr std::size_t most_bytes = 256 * 1024;
    static constexpr std::size_t least_bytes = 64 * 1024;  // of use; the system makes tiny ones when a user has many

    Pipe(Pipe&& other) noexcept;
    Pipe& operator=(Pipe&& other) noexcept;
    ~Pipe();

    [[nodiscard]] bool empty() const noexcept { return held_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return held_; }

    // Moves what a socket has into the empty pipe, or all that the pipe holds to a socket, as far as that can be done
    // at once: the number of bytes, 0 when none can, or when the system knows of no such thing: then the pool says so.
    // Errors: errc::end_of_stream, connection_reset.
    [[nodiscard]] Result<std::size_t> take_from(int socket, std::size_t most);
    [[nodiscard]] Result<std::size_t> give_to(int socket);

private:
    friend class PipePool;
    struct Ends {
        int out = -1;
        int in = -1;
    };
    Pipe(PipePool& pool, Ends ends) noexcept : pool_(&pool), ends_(ends) {}

    PipePool* pool_;
    Ends ends_;
    std::size_t held_ = 0;
};

// The pool outlives its pipes.
class PipePool {
public:
    static constexpr std::size_t most_kept = 16;
    static constexpr std::size_t most_lent = 128;
    static constexpr std::chrono::seconds after_refusal{1};  // of the system, before it is asked again

    // `kept` is called when there is one more pipe for whoever wants it next: the owner closes them when nobody does.
    explicit PipePool(std::function<void()> kept = [] {}) : kept_(std::move(kept)) { free_.reserve(most_kept); }
    PipePool(PipePool const&) = delete;
    PipePool& operator=(PipePool const&) = delete;
    ~PipePool();

    // An empty pipe; nothing when enough are lent, or when the system has no descriptors or no memory for one.
    [[nodiscard]] std::optional<Pipe> take();

    // Closes those that are kept: each is memory of the kernel's, and two descriptors.
    void close_kept() noexcept;

    // Whether the system would not move bytes through one (a sandbox may know no splice): then it lends none any more.
    [[nodiscard]] bool is_useless() const noexcept { return useless_; }

private:
    friend class Pipe;
    [[nodiscard]] std::optional<Pipe::Ends> make();
    void give_back(Pipe::Ends ends, bool is_empty) noexcept;
    static void close_both(Pipe::Ends ends) noexcept;

    std::function<void()> kept_;
    std::vector<Pipe::Ends> free_;
    std::size_t lent_ = 0;
    steady_time asks_again_ = steady_time::min();
    bool useless_ = false;
};

}  // namespace tollgate::net
