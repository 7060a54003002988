#include "proxy/body.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tollgate::proxy {

using http::BodyKind;

namespace {

// What is left of `gap` when the first of several waits ended at `woken`, for nothing.
net::Timeout rest_of(net::Timeout gap, steady_time woken) noexcept {
    if (!gap || woken == steady_time{}) return gap;
    return *gap - std::chrono::duration_cast<std::chrono::milliseconds>(net::Worker::now() - woken);
}

}  // namespace

BodyReader::BodyReader(net::Stream& stream, net::Buffer& buffer, http::Framing framing, std::uint64_t limit)
    : intake_(stream, buffer), framing_(framing), limit_(limit), done_(!framing.has_body()) {}

void BodyReader::let_splice(net::PipePool& pipes) noexcept {
    if (framing_.kind != BodyKind::chunked) intake_.let_splice(pipes);
}

void BodyReader::drop_taken() noexcept { intake_.drop(std::exchange(taken_, 0)); }

Result<std::string_view> BodyReader::take() {
    intake_.buffer().consume(std::exchange(taken_, 0));
    if (done_) return std::string_view{};
    if (framing_.kind == BodyKind::chunked) return take_chunked();
    auto piece = intake_.buffer().text();
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
    auto const input = intake_.buffer().bytes();
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
        if (intake_.needs_wait()) {
            auto const patience = rest_of(gap, woken);
            if (patience && patience->count() <= 0) co_return failure(errc::timed_out);
            if (auto const waited = co_await intake_.wait(patience); !waited) co_return waited;
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

Result<std::size_t> BodyReader::read_more() {
    auto const count = intake_.read(left());
    if (!count || !intake_.pipe()) return count;
    bytes_ += *count;
    done_ = framing_.kind == BodyKind::length && bytes_ == framing_.length;
    if (bytes_ > limit_) return failure(errc::body_too_large);
    return count;
}

std::uint64_t BodyReader::left() const noexcept {
    return framing_.kind == BodyKind::length ? framing_.length - bytes_ : net::Intake::endless;
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
