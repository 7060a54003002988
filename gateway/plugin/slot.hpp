// Private state of a plugin for one exchange. A plugin reserves a Slot<T> while it is made; each exchange then has one
// T per slot, constructed when the exchange begins and destroyed when it ends, all in one block of memory.
#pragma once

#include <cstddef>
#include <memory_resource>
#include <new>
#include <type_traits>
#include <vector>

namespace tollgate::plugin {

template <class T>
class Slot {
private:
    friend class SlotLayout;
    friend class SlotBlock;
    explicit Slot(std::size_t offset) : offset_(offset) {}
    std::size_t offset_;
};

class SlotLayout {
public:
    template <class T>
    [[nodiscard]] Slot<T> reserve() {
        static_assert(std::is_nothrow_default_constructible_v<T> && alignof(T) <= alignof(std::max_align_t));
        auto const offset = (size_bytes_ + alignof(T) - 1) / alignof(T) * alignof(T);
        size_bytes_ = offset + sizeof(T);
        entries_.push_back(
            {offset, [](void* at) noexcept { new (at) T(); }, [](void* at) noexcept { static_cast<T*>(at)->~T(); }});
        return Slot<T>(offset);
    }

private:
    friend class SlotBlock;
    struct Entry {
        std::size_t offset;
        void (*construct)(void*) noexcept;
        void (*destroy)(void*) noexcept;
    };
    std::size_t size_bytes_ = 0;
    std::vector<Entry> entries_;
};

// The slots of one exchange. The layout outlives it; no memory is taken when the layout is empty.
class SlotBlock {
public:
    SlotBlock(SlotLayout const& layout, std::pmr::memory_resource& memory) : layout_(layout), memory_(memory) {
        if (layout_.entries_.empty()) return;
        bytes_ = static_cast<std::byte*>(memory.allocate(layout_.size_bytes_));
        for (auto const& entry : layout_.entries_) entry.construct(bytes_ + entry.offset);
    }
    SlotBlock(SlotBlock const&) = delete;
    SlotBlock& operator=(SlotBlock const&) = delete;
    ~SlotBlock() {
        for (auto entry = layout_.entries_.rbegin(); entry != layout_.entries_.rend(); ++entry) {
            entry->destroy(bytes_ + entry->offset);
        }
        if (bytes_) memory_.deallocate(bytes_, layout_.size_bytes_);
    }

    template <class T>
    [[nodiscard]] T& operator[](Slot<T> slot) noexcept {
        return *std::launder(reinterpret_cast<T*>(bytes_ + slot.offset_));
    }

private:
    SlotLayout const& layout_;
    std::pmr::memory_resource& memory_;
    std::byte* bytes_ = nullptr;
};

}  // namespace tollgate::plugin
