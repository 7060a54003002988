#include "net/gather.hpp"

#include <cassert>

namespace tollgate::net {

void Gather::add(std::string_view piece) noexcept {
    if (piece.empty()) return;
    assert(count_ < most_pieces);
    pieces_[count_++] = {const_cast<char*>(piece.data()),
                         piece.size()};  // iovec serves both directions; sendmsg only reads
}

std::size_t Gather::size() const noexcept {
    std::size_t bytes = 0;
    for (auto const& piece : pieces()) bytes += piece.iov_len;
    return bytes;
}

void Gather::advance(std::size_t bytes) noexcept {
    while (bytes > 0) {
        auto& piece = pieces_[first_];
        if (bytes < piece.iov_len) {
            piece.iov_base = static_cast<char*>(piece.iov_base) + bytes;
            piece.iov_len -= bytes;
            return;
        }
        bytes -= piece.iov_len;
        ++first_;
    }
}

}  // namespace tollgate::net
