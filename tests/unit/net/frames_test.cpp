#include "net/frames.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <thread>
#include <utility>
#include <vector>

namespace tollgate::frames_test {
using tollgate::net::Frames;

#if !__has_feature(address_sanitizer)  // under which all goes back to the heap at once
TEST_CASE("the frame that was given back last is handed out first, for any size that it has room for") {
    Frames frames;
    Frames::Use const use(frames);
    void* const first = Frames::take(100);
    void* const second = Frames::take(128);
    Frames::give_back(first, 100);
    Frames::give_back(second, 128);
    CHECK(Frames::take(65) == second);
    CHECK(Frames::take(128) == first);
    void* const smaller = Frames::take(64);
    CHECK(smaller != first);
    CHECK(smaller != second);
    Frames::give_back(first, 128);
    Frames::give_back(second, 65);
    Frames::give_back(smaller, 64);
}
#endif

TEST_CASE("frames of every size are whole, and go back by whatever thread") {
    Frames frames;
    Frames::Use const use(frames);
    for (int round = 0; round < 3; ++round) {
        std::vector<std::pair<void*, std::size_t>> taken;
        for (std::size_t size = 1; size < 6'000; size += 37) {
            taken.emplace_back(Frames::take(size), size);
            std::memset(taken.back().first, static_cast<int>(size % 256), size);
        }
        for (auto const& [frame, size] : taken) {
            auto const* const bytes = static_cast<unsigned char const*>(frame);
            CHECK(bytes[0] == size % 256);
            CHECK(bytes[size - 1] == size % 256);
        }
        if (round == 1) {
            std::thread([&taken] {
                for (auto const& [frame, size] : taken) Frames::give_back(frame, size);
            }).join();
        } else {
            for (auto const& [frame, size] : taken) Frames::give_back(frame, size);
        }
    }
}

}  // namespace tollgate::frames_test
