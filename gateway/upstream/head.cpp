#include "upstream/head.hpp"

#include "http/head.hpp"

namespace tollgate::upstream {

net::Task<Result<std::size_t>> next_head(Connection& connection, std::size_t most_bytes) {
    auto& buffer = connection.buffer;
    std::size_t scanned = 0;
    for (;;) {
        if (auto const size = http::head_size(buffer.text(), scanned); size > 0) co_return size;
        scanned = buffer.size();
        if (scanned >= most_bytes) co_return failure(errc::upstream_bad_response);
        if (auto const ready = co_await connection.stream->readable({}); !ready)
            co_return std::unexpected(ready.error());
        auto const count = connection.stream->read_some(buffer.prepare(most_bytes));
        if (!count) co_return std::unexpected(count.error());
        buffer.commit(*count);
    }
}

}  // namespace tollgate::upstream
