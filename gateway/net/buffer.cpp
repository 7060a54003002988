#include "net/buffer.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace tollgate::net {

BlockPool::BlockPool() {
    free_.reserve(most_kept);
    large_free_.reserve(most_large_kept);
}

std::unique_ptr<char[]> BlockPool::take() {
    if (free_.empty()) return std::make_unique_for_overwrite<char[]>(block_bytes);
    auto block = std::move(free_.back());
    free_.pop_back();
    return block;
}

void BlockPool::give_back(std::unique_ptr<char[]> block) noexcept {
    if (free_.size() < most_kept) free_.push_back(std::move(block));
}

std::unique_ptr<char[]> BlockPool::take_large() {
    if (large_lent_ == most_large_lent) return nullptr;
    ++large_lent_;
    if (large_free_.empty()) return std::make_unique_for_overwrite<char[]>(large_block_bytes);
    auto block = std::move(large_free_.back());
    large_free_.pop_back();
    return block;
}

void BlockPool::give_back_large(std::unique_ptr<char[]> block) noexcept {
    --large_lent_;
    if (large_free_.size() < most_large_kept) large_free_.push_back(std::move(block));
}

void Buffer::consume(std::size_t count) noexcept {
    assert(count <= size());
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
}

std::span<char> Buffer::prepare(std::size_t most_bytes) {
    if (!block_) hold(pool_.take(), Block::small, BlockPool::block_bytes);
    if (begin_ > 0 && end_ == capacity_) {
        std::memmove(block_.get(), block_.get() + begin_, size());
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ == capacity_ && capacity_ < most_bytes) grow(std::min(capacity_ * 2, most_bytes));
    auto const room = size() >= most_bytes ? 0 : std::min(capacity_ - end_, most_bytes - size());
    return {block_.get() + end_, room};
}

std::span<char> Buffer::prepare_large(std::size_t most_bytes) {
    if (empty() && kind_ != Block::large) {
        if (auto block = pool_.take_large()) hold(std::move(block), Block::large, BlockPool::large_block_bytes);
    }
    return prepare(kind_ == Block::large ? BlockPool::large_block_bytes : most_bytes);
}

void Buffer::grow(std::size_t capacity) {
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    std::memcpy(larger.get(), block_.get(), end_);
    hold(std::move(larger), Block::own, capacity);
}

void Buffer::hold(std::unique_ptr<char[]> block, Block kind, std::size_t capacity) noexcept {
    if (kind_ == Block::small) pool_.give_back(std::move(block_));
    if (kind_ == Block::large) pool_.give_back_large(std::move(block_));
    block_ = std::move(block);
    kind_ = kind;
    capacity_ = capacity;
}

void Buffer::release() {
    hold(nullptr, Block::own, 0);
    begin_ = end_ = 0;
}

}  // namespace tollgate::net
