// The bytes read from a connection and not dealt with yet: a window in one block of memory. Blocks come from a pool of
// the worker and go back as soon as the window is empty and the owner says so, so that an idle connection holds none.
// What comes fast gets a large block, as long as few have one. Not thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace tollgate::net {

// Blocks of two sizes, kept for reuse. The pool outlives its buffers.
class BlockPool {
public:
    static constexpr std::size_t block_bytes = 16 * 1024;
    static constexpr std::size_t most_kept = 256;
    static constexpr std::size_t large_block_bytes = 256 * 1024;
    static constexpr std::size_t most_large_kept = 8;
    static constexpr std::size_t most_large_lent = 32;

    BlockPool();

    [[nodiscard]] std::unique_ptr<char[]> take();
    void give_back(std::unique_ptr<char[]> block) noexcept;

    // Null when enough are lent: those who take nothing of what was read for them may hold theirs for long.
    [[nodiscard]] std::unique_ptr<char[]> take_large();
    void give_back_large(std::unique_ptr<char[]> block) noexcept;

private:
    std::vector<std::unique_ptr<char[]>> free_;
    std::vector<std::unique_ptr<char[]>> large_free_;
    std::size_t large_lent_ = 0;
};

class Buffer {
public:
    explicit Buffer(BlockPool& pool) noexcept : pool_(pool) {}
    Buffer(Buffer const&) = delete;
    Buffer& operator=(Buffer const&) = delete;
    ~Buffer() { release(); }

    // What is there to be read.
    [[nodiscard]] std::span<char> bytes() noexcept { return {block_.get() + begin_, end_ - begin_}; }
    [[nodiscard]] std::string_view text() const noexcept { return {block_.get() + begin_, end_ - begin_}; }
    [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
    [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
    void consume(std::size_t count) noexcept;

    // Room to read into: takes a block when there is none, moves the bytes to the front when that helps, and doubles
    // the block while the bytes fill it, up to `most_bytes`. Empty when `most_bytes` are held. Pointers into bytes()
    // are dead afterwards.
    [[nodiscard]] std::span<char> prepare(std::size_t most_bytes);

    // The same for what comes fast: a whole large block, when nothing is held and the pool has one to lend.
    [[nodiscard]] std::span<char> prepare_large(std::size_t most_bytes);
    void commit(std::size_t count) noexcept { end_ += count; }

    // Gives the block back when nothing is in it.
    void release_if_empty() {
        if (empty()) release();
    }

private:
    enum class Block { small, large, own };  // own: grown, and of no pool
    void release();
    void hold(std::unique_ptr<char[]> block, Block kind, std::size_t capacity) noexcept;
    void grow(std::size_t capacity);

    BlockPool& pool_;
    std::unique_ptr<char[]> block_;
    Block kind_ = Block::own;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace tollgate::net
