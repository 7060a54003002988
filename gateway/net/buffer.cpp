#include "net/buffer.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace tollgate::net {

std::unique_ptr<char[]> BlockPool::take() {
    if (free_.empty()) return std::make_unique_for_overwrite<char[]>(block_bytes);
    auto block = std::move(free_.back());
    free_.pop_back();
    return block;
}

void BlockPool::give_back(std::unique_ptr<char[]> block) {
    if (free_.size() < most_kept) free_.push_back(std::move(block));
}

void Buffer::consume(std::size_t count) noexcept {
    assert(count <= size());
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
}

std::span<char> Buffer::prepare(std::size_t most_bytes) {
    if (!block_) {
        block_ = pool_.take();
        capacity_ = BlockPool::block_bytes;
    }
    if (begin_ > 0 && end_ == capacity_) {
        std::memmove(block_.get(), block_.get() + begin_, size());
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ == capacity_ && capacity_ < most_bytes) grow(std::min(capacity_ * 2, most_bytes));
    auto const room = size() >= most_bytes ? 0 : std::min(capacity_ - end_, most_bytes - size());
    return {block_.get() + end_, room};
}

void Buffer::grow(std::size_t capacity) {
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    std::memcpy(larger.get(), block_.get(), end_);
    if (capacity_ == BlockPool::block_bytes) pool_.give_back(std::move(block_));
    block_ = std::move(larger);
    capacity_ = capacity;
}

void Buffer::release() {
    if (capacity_ == BlockPool::block_bytes) pool_.give_back(std::move(block_));
    block_.reset();
    capacity_ = begin_ = end_ = 0;
}

}  // namespace tollgate::net
