#include "proxy/upload_rate.hpp"

#include <doctest/doctest.h>

#include <chrono>

namespace tollgate::upload_rate_test {
using namespace std::chrono_literals;
using tollgate::proxy::UploadRate;

TEST_CASE(
    "a client is too slow once it was waited for longer than it may be silent, and has sent too little for that") {
    UploadRate rate(1000);
    CHECK_FALSE(rate.is_too_slow(1000, 1s));
    rate.waited(400ms);
    rate.waited(600ms);
    CHECK_FALSE(rate.is_too_slow(1000, 1s));
    rate.waited(1s);
    CHECK(rate.is_too_slow(1000 + 2 * 8192 - 1, 1s));
    CHECK_FALSE(rate.is_too_slow(1000 + 2 * 8192, 1s));
    CHECK_FALSE(rate.is_too_slow(1000, 2s));
    rate.waited(8s);
    CHECK(rate.is_too_slow(1000 + 2 * 8192, 1s));
    CHECK_FALSE(rate.is_too_slow(1000 + 1'000'000, 1s));  // what came fast at first
}

}  // namespace tollgate::upload_rate_test
