#include "proxy/frames.hpp"

#include "base/free_blocks.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <type_traits>

namespace tollgate::proxy {
namespace {

namespace asio = boost::asio;

void* make(std::size_t bytes) {
    void* const frame = take_frame(bytes);
    std::memset(frame, 0xff, bytes);
    return frame;
}

template <class... Parameters>
constexpr bool is_kept =
    std::is_same_v<typename std::coroutine_traits<asio::awaitable<int>, Parameters...>::promise_type,
                   Frame<int, asio::any_io_executor>>;

TEST_CASE("a frame lies where the last one of its size lay, whatever other sizes there are") {
    void* const small = make(65);
    void* const large = make(500);
    give_back_frame(small, 65);
    give_back_frame(large, 500);
    void* const other_large = make(512);
    void* const other_small = make(128);
    void* const another = make(128);
    if (blocks_are_kept) {
        CHECK(other_large == large);
        CHECK(other_small == small);
    }
    CHECK(another != other_small);
    give_back_frame(other_large, 512);
    give_back_frame(other_small, 128);
    give_back_frame(another, 128);
}

TEST_CASE("frames of every size have their room") {
    for (std::size_t bytes = 1; bytes < 2200; ++bytes) {
        void* const frame = make(bytes);
        void* const next = make(bytes);
        CHECK(frame != next);
        give_back_frame(frame, bytes);
        give_back_frame(next, bytes);
    }
}

TEST_CASE("the coroutines of an exchange have such frames, and no others") {
    static_assert(is_kept<Flight&>);
    static_assert(is_kept<Flight&, int>);
    static_assert(is_kept<Connection&, int>);
    static_assert(is_kept<std::unique_ptr<Connection>>);
    static_assert(!is_kept<>);
    static_assert(!is_kept<int, Flight&>);
}

}  // namespace
}  // namespace tollgate::proxy
