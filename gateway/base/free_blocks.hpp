// Blocks of one size that their owner takes and gives back all the time: a few are kept, the last one first, since it is
// still in the caches. Not thread-safe. Under AddressSanitizer none is kept, so that whoever uses one too late is found.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>

namespace tollgate {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool blocks_are_kept = false;
#elif defined(__has_feature)
inline constexpr bool blocks_are_kept = !__has_feature(address_sanitizer);
#else
inline constexpr bool blocks_are_kept = true;
#endif

class FreeBlocks {
public:
    constexpr explicit FreeBlocks(std::size_t most_kept) noexcept : room_(blocks_are_kept ? most_kept : 0) {}
    FreeBlocks(FreeBlocks const&) = delete;
    FreeBlocks& operator=(FreeBlocks const&) = delete;
    ~FreeBlocks() {
        while (first_) std::free(std::exchange(first_, first_->next));
    }

    // A block of `bytes`, the same at every call and at least a pointer's.
    [[nodiscard]] void* take(std::size_t bytes) {
        if (!first_) return allocate(bytes);
        ++room_;
        return std::exchange(first_, first_->next);
    }

    void give_back(void* block) noexcept {
        if (room_ == 0) return std::free(block);
        --room_;
        first_ = ::new (block) Block{first_};
    }

    // One that is never kept: std::free() takes it back.
    [[nodiscard]] static void* allocate(std::size_t bytes) {
        if (void* const block = std::malloc(bytes)) return block;
        throw std::bad_alloc();
    }

private:
    struct Block {
        Block* next;
    };

    Block* first_ = nullptr;
    std::size_t room_;  // for so many more
};

}  // namespace tollgate
