// Memory for the frames of coroutines and what else lives as long as a request. Requests need the same few sizes, so a
// worker keeps what was given back and hands out the last one first: it is still in the processor's cache.
#pragma once

#include <array>
#include <cstddef>
#include <utility>

namespace tollgate::net {

class Frames {
public:
    Frames() = default;
    Frames(Frames const&) = delete;
    Frames& operator=(Frames const&) = delete;
    ~Frames();

    // While one of these lives, its thread takes from `frames` and gives back to it.
    class Use {
    public:
        explicit Use(Frames& frames) noexcept : outer_(std::exchange(current, &frames)) {}
        Use(Use const&) = delete;
        Use& operator=(Use const&) = delete;
        ~Use() { current = outer_; }

    private:
        Frames* outer_;
    };

    // From the heap when the thread keeps none of that size, and back to it when it keeps enough: any thread may give
    // back what another took.
    [[nodiscard]] static void* take(std::size_t size);
    static void give_back(void* frame, std::size_t size) noexcept;

private:
    static constexpr std::size_t step = 64;
    static constexpr std::size_t largest = 16 * 1024;
    static constexpr std::size_t most_kept = 1024 * 1024;  // bytes of one size

    struct Kept {
        Kept* next;
    };
    struct Shelf {
        Kept* top = nullptr;
        std::size_t count = 0;
    };

    static constexpr std::size_t shelf_of(std::size_t size) noexcept { return (size + step - 1) / step; }

    static constinit thread_local Frames* current;

    std::array<Shelf, largest / step + 1> shelves_{};
};

}  // namespace tollgate::net
