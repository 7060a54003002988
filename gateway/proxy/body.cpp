#include "proxy/body.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

namespace tollgate::proxy {

using http::BodyKind;

namespace {

// A rest that is smaller is not worth a pipe.
constexpr std::uint64_t least_spliced_bytes = 64 * 1024;

// What is left of `gap` when the first of several waits ended at `woken`, for nothing.
net::Timeout rest_of(net::Timeout gap, steady_time woken) noexcept {
    if (!gap || woken == steady_time{}) return gap;
    return *gap - std::chrono::duration_cast<std::chrono::milliseconds>(net::Worker::now() - woken);
}

}  // namespace

BodyReader::BodyReader(net::Stream& stream, net::Buffer& buffer, http::Framing framing, std::uint64_t limit)
    : stream_(stream), buffer_(buffer), framing_(framing), limit_(limit), done_(!framing.has_body()) {}

void BodyReader::let_splice(net::PipePool& pipes) noexcept {
    if (framing_.kind != BodyKind::chunked) pipes_ = &pipes;
}

void BodyReader::drop_taken() noexcept {
    pipe_.reset();
    buffer_.consume(std::exchange(taken_, 0));
}

Result<std::string_view> BodyReader::take() {
    buffer_.consume(std::exchange(taken_, 0));
    if (done_) return std::string_view{};
    if (framing_.kind == BodyKind::chunked) return take_chunked();
    auto piece = buffer_.text();
    if (framing_.kind == BodyKind::length) {
        piece =
            piece.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), framing_.length - bytes_)));
    }
    taken_ = piece.size();
    bytes_ += piece.size();
    done_ = framing_.kind == BodyKind::length && bytes_ == framing_.length;
    if (bytes_ > limit_) return failure(errc::body_too_large);
    return piece;
}

Result<std::string_view> BodyReader::take_chunked() {
    auto const input = buffer_.bytes();
    auto const step = chunked_.read(input);
    if (!step) return std::unexpected(step.error());
    taken_ = step->consumed;
    bytes_ += step->data;
    done_ = chunked_.done();
    if (bytes_ > limit_) return failure(errc::body_too_large);
    return std::string_view(input.data(), step->data);
}

net::Task<Result<void>> BodyReader::fill(net::Timeout gap) {
    drop_taken();
    steady_time woken{};  // for nothing: what TLS says to itself must not hold a silent peer for ever
    for (;;) {
        if (pace_.needs_wait()) {
            if (auto const waited = co_await wait_for_more(gap, woken); !waited) co_return waited;
        }
        auto const count = read_more();
        if (!count) {
            bool const ends_here = framing_.kind == BodyKind::until_close &&
                                   errc_of(count.error(), errc::internal_error) == errc::end_of_stream;
            if (!ends_here) co_return std::unexpected(count.error());
            done_ = true;
            co_return Result<void>{};
        }
        if (*count > 0) co_return Result<void>{};
        if (woken == steady_time{}) woken = net::Worker::now();
    }
}

// However long it takes, the block goes to somebody else meanwhile.
net::Task<Result<void>> BodyReader::wait_for_more(net::Timeout gap, steady_time woken) {
    auto const patience = rest_of(gap, woken);
    if (patience && patience->count() <= 0) co_return failure(errc::timed_out);
    buffer_.release_if_empty();
    auto const waited = co_await stream_.readable(patience);
    if (waited) pace_.waited();
    co_return waited;
}

Result<std::size_t> BodyReader::read_more() {
    bool const fast = pace_.is_fast() && stream_.is_plain();
    if (fast && pipes_ && buffer_.empty() && left() >= least_spliced_bytes) {
        if (pipe_ = pipes_->take(); pipe_) {
            auto const count = splice_more();
            if (!pipes_->is_useless()) return count;
        }
    }
    bool const large = fast && may_grow_ && left() > net::BlockPool::block_bytes;
    auto const room = large ? buffer_.prepare_large(buffer_bytes) : buffer_.prepare(buffer_bytes);
    auto const count = stream_.read_some(room);
    if (!count) return count;
    buffer_.commit(*count);
    pace_.read(*count, room.size());
    return count;
}

Result<std::size_t> BodyReader::splice_more() {
    auto const most = static_cast<std::size_t>(std::min<std::uint64_t>(left(), net::Pipe::most_bytes));
    auto const count = stream_.read_some(*pipe_, most);
    if (!count || *count == 0) pipe_.reset();
    if (!count) return count;
    pace_.moved(*count);
    bytes_ += *count;
    done_ = framing_.kind == BodyKind::length && bytes_ == framing_.length;
    if (bytes_ > limit_) return failure(errc::body_too_large);
    return count;
}

std::uint64_t BodyReader::left() const noexcept {
    return framing_.kind == BodyKind::length ? framing_.length - bytes_ : std::numeric_limits<std::uint64_t>::max();
}

void BodyFrame::add(net::Gather& gather, std::string_view piece) {
    if (piece.empty()) return;  // an empty chunk would end the body
    if (kind_ != BodyKind::chunked) return gather.add(piece);
    gather.add({size_line_.data(), http::write_chunk_size(piece.size(), size_line_)});
    gather.add(piece);
    gather.add("\r\n");
}

void BodyFrame::end(net::Gather& gather, std::string_view trailers) {
    if (kind_ != BodyKind::chunked) return;
    if (trailers.empty()) return gather.add(http::last_chunk);
    gather.add("0\r\n");
    gather.add(trailers);
    gather.add("\r\n");
}

}  // namespace tollgate::proxy
