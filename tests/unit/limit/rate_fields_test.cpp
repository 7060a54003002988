#include "limit/rate_fields.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tollgate::rate_fields_test {
using namespace tollgate::limit;
using namespace std::chrono_literals;

TEST_CASE("a wait is written as OpenAI's API writes it, rounded up") {
    struct Row {
        std::chrono::nanoseconds wait;
        std::string text;
    };
    for (auto const& [wait, text] :
         {Row{0s, "0s"}, Row{1ns, "1ms"}, Row{12ms, "12ms"}, Row{12ms + 1ns, "13ms"}, Row{999ms, "999ms"},
          Row{999ms + 1ns, "1s"}, Row{1s, "1s"}, Row{1s + 1ns, "2s"}, Row{59s, "59s"}, Row{59s + 1ms, "1m0s"},
          Row{6min, "6m0s"}, Row{61s, "1m1s"}, Row{1h, "1h0m0s"}, Row{1h + 61s, "1h1m1s"}, Row{24h, "24h0m0s"}}) {
        CHECK(reset_text(wait) == text);
    }
}

TEST_CASE("the fields replace the service's of the same names, and no others") {
    http::Arena arena;
    http::FieldList fields;
    for (auto const* const name : {"X-RateLimit-Remaining-Requests", "x-ratelimit-remaining-tokens", "Content-Type",
                                   "x-ratelimit-reset-requests"}) {
        REQUIRE(fields.add(arena, name, "theirs"));
    }
    set_rate_fields(fields, arena, {60, 59, 1s});
    std::string lines;
    for (auto const& field : fields) lines.append(field.name).append(": ").append(field.value).append("\n");
    CHECK(lines ==
          "x-ratelimit-remaining-tokens: theirs\n"
          "Content-Type: theirs\n"
          "x-ratelimit-limit-requests: 60\n"
          "x-ratelimit-remaining-requests: 59\n"
          "x-ratelimit-reset-requests: 1s\n");
}

}  // namespace tollgate::rate_fields_test
