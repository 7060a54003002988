#include "net/frames.hpp"

#include <new>

namespace tollgate::net {

constinit thread_local Frames* Frames::current = nullptr;

Frames::~Frames() {
    for (auto& shelf : shelves_) {
        while (shelf.top) ::operator delete(std::exchange(shelf.top, shelf.top->next));
    }
}

void* Frames::take(std::size_t size) {
    auto const at = shelf_of(size);
    if (current && size <= largest) {
        auto& shelf = current->shelves_[at];
        if (shelf.top) {
            --shelf.count;
            return std::exchange(shelf.top, shelf.top->next);
        }
    }
    return ::operator new(at * step);
}

void Frames::give_back(void* frame, [[maybe_unused]] std::size_t size) noexcept {
#if !__has_feature(address_sanitizer)  // which sees only what goes back to the heap
    if (current && size <= largest) {
        auto const at = shelf_of(size);
        auto& shelf = current->shelves_[at];
        if ((shelf.count + 1) * at * step <= most_kept) {
            shelf.top = new (frame) Kept{shelf.top};
            ++shelf.count;
            return;
        }
    }
#endif
    ::operator delete(frame);
}

}  // namespace tollgate::net
