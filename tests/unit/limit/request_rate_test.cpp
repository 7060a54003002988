#include "limit/request_rate.hpp"

#include <doctest/doctest.h>

#include <string_view>

namespace tollgate::request_rate_test {
using namespace tollgate::limit;
using namespace std::chrono_literals;

TEST_CASE("a rate is a count, a slash and a duration") {
    struct Row {
        std::string_view text;
        RequestRate rate;
    };
    for (auto const& [text, rate] :
         {Row{"60/1m", {60, 60s}}, Row{"1/1ms", {1, 1ms}}, Row{"5/250ms", {5, 250ms}}, Row{"10/30s", {10, 30s}},
          Row{"7/24h", {7, 24h}}, Row{"1000/1d", {1000, 24h}}, Row{"1000000000/86400000ms", {1'000'000'000, 24h}}}) {
        CAPTURE(text);
        CHECK(read_request_rate(text) == rate);
    }
}

TEST_CASE("what is no rate, or out of range, is none") {
    for (std::string_view const text : {"",
                                        "60",
                                        "60/",
                                        "/1m",
                                        "60/1",
                                        "60/m",
                                        "0/1m",
                                        "60/0s",
                                        "-1/1m",
                                        "+1/1m",
                                        "60/-1m",
                                        "60 / 1m",
                                        " 60/1m",
                                        "60/1m ",
                                        "60/1M",
                                        "60/1min",
                                        "6e1/1m",
                                        "1.5/1m",
                                        "60/1.5m",
                                        "60:1m",
                                        "60/1m/2",
                                        "60/1w",
                                        "1000000001/1m",
                                        "60/2d",
                                        "60/25h",
                                        "60/86400001ms",
                                        "99999999999999999999/1m",
                                        "60/99999999999999999999ms",
                                        "none"}) {
        CAPTURE(text);
        CHECK_FALSE(read_request_rate(text));
    }
}

}  // namespace tollgate::request_rate_test
