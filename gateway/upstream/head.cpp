#include "upstream/head.hpp"

#include "http/head.hpp"

#include <utility>

namespace tollgate::upstream {

Result<std::size_t> head_at_hand(Connection const& connection, std::size_t most_bytes, std::size_t& scanned) {
    auto const text = connection.buffer.text();
    auto const size = http::head_size(text, std::exchange(scanned, text.size()));
    if (size == 0 && text.size() >= most_bytes) return failure(errc::upstream_bad_response);
    return size;
}

Result<void> read_more(Connection& connection, std::size_t most_bytes) {
    auto const count = connection.stream->read_some(connection.buffer.prepare(most_bytes));
    if (!count) return std::unexpected(count.error());
    connection.buffer.commit(*count);
    return {};
}

net::Task<Result<std::size_t>> next_head(Connection& connection, std::size_t most_bytes) {
    for (std::size_t scanned = 0;;) {
        auto const size = head_at_hand(connection, most_bytes, scanned);
        if (!size || *size > 0) co_return size;
        auto const read =
            co_await connection.stream->readable({}).and_then([&] { return read_more(connection, most_bytes); });
        if (!read) co_return std::unexpected(read.error());
    }
}

}  // namespace tollgate::upstream
