#include "proxy/access_log.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate::access_log_test {
using proxy::AccessRecord;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::system_clock::time_point at{1'700'000'000'042ms};

std::string line_of(AccessRecord const& record) {
    proxy::AccessLines lines;
    lines.add(record);
    return std::string(lines.text());
}

}  // namespace

TEST_CASE("a finished exchange is one line with every field in a fixed order") {
    AccessRecord const record{.time = at,
                              .request_id = "id-1",
                              .client = "203.0.113.9",
                              .method = "POST",
                              .path = "/generate",
                              .route = "/generate",
                              .user_id = "7",
                              .upstream = "ai",
                              .server = "10.0.0.7:8000",
                              .hint = {},
                              .summary = {.status = 502,
                                          .reason = errc::upstream_refused,
                                          .ending = plugin::Ending::upstream_failed,
                                          .bytes_received = 10,
                                          .bytes_sent = 20,
                                          .duration = 1'234'567ns,
                                          .first_byte = 1ms}};
    CHECK(
        line_of(record) ==
        R"({"time":"2023-11-14T22:13:20.042Z","request_id":"id-1","client":"203.0.113.9","method":"POST","path":"/generate",)"
        R"("route":"/generate","status":502,"reason":"upstream_refused","user_id":"7","upstream":"ai",)"
        R"("server":"10.0.0.7:8000","bytes_received":10,"bytes_sent":20,"duration_ms":1.235,"first_byte_ms":1.000,"ending":"upstream_failed"})"
        "\n");
}

TEST_CASE("a request that had to wait says how long, and where it stood when it came") {
    auto const line = line_of({.time = at,
                               .request_id = "i",
                               .client = "::1",
                               .summary = {.status = 503, .queued = 60'000'250us, .queue_position = 3}});
    CHECK(line.contains(R"(,"duration_ms":0.000,"queued_ms":60000.250,"queue_position":3,"ending":"complete"})"));
}

TEST_CASE("what is not known is left out") {
    AccessRecord const record{.time = at, .request_id = "i", .client = "::1", .summary = {.status = 200}};
    CHECK(
        line_of(record) ==
        R"({"time":"2023-11-14T22:13:20.042Z","request_id":"i","client":"::1","status":200,"bytes_received":0,"bytes_sent":0,)"
        R"("duration_ms":0.000,"ending":"complete"})"
        "\n");
}

TEST_CASE("text cannot leave its string, and is cut at its bound") {
    struct Row {
        std::string text;
        std::string escaped;
    };
    std::string const twenty(20, 'x');  // more than one step looks at
    for (auto const& [text, escaped] :
         {Row{"plain /path", "plain /path"}, Row{"a\"b\\c", "a\\\"b\\\\c"}, Row{"\"\"", "\\\"\\\""},
          Row{"\n\r\t\x1b", "\\u000a\\u000d\\u0009\\u001b"}, Row{std::string(1, '\0') + "\x7f", "\\u0000\\u007f"},
          Row{"\xc3\xa9\xff", "\\u00c3\\u00a9\\u00ff"}, Row{twenty + "\n" + twenty, twenty + "\\u000a" + twenty},
          Row{std::string(2000, 'x'), std::string(1024, 'x')},
          Row{std::string(1023, 'x') + "\"y", std::string(1023, 'x') + "\\\""}}) {
        CAPTURE(text);
        CHECK(line_of({.time = at, .request_id = "i", .client = "::1", .path = text})
                  .contains(",\"path\":\"" + escaped + "\",\"status\":"));
    }
}

TEST_CASE("a line has room for the longest values and the largest numbers there are") {
    std::string const worst(3000, '\xff');
    auto constexpr most = std::chrono::nanoseconds::max();
    AccessRecord const record{.time = std::chrono::system_clock::time_point::max(),
                              .request_id = worst,
                              .client = worst,
                              .method = worst,
                              .path = worst,
                              .route = worst,
                              .user_id = worst,
                              .upstream = worst,
                              .server = worst,
                              .hint = worst,
                              .summary = {.status = std::numeric_limits<unsigned>::max(),
                                          .reason = errc::upstream_bad_response,
                                          .ending = plugin::Ending::upstream_failed,
                                          .bytes_received = std::numeric_limits<std::uint64_t>::max(),
                                          .bytes_sent = std::numeric_limits<std::uint64_t>::max(),
                                          .duration = most,
                                          .first_byte = most,
                                          .queued = most,
                                          .queue_position = std::numeric_limits<std::size_t>::max()}};
    auto const line = line_of(record);
    CHECK(line.starts_with(R"({"time":"2262-04-11T23:47:16.854Z","request_id":"\u00ff)"));
    CHECK(line.contains(R"("bytes_sent":18446744073709551615,"duration_ms":9223372036854.776,)"));
    CHECK(line.ends_with("\\u00ff\"}\n"));
}

TEST_CASE("a duration is in milliseconds with three decimals") {
    std::pair<std::chrono::nanoseconds, std::string_view> const rows[] = {
        {0ns, "0.000"},
        {499ns, "0.000"},
        {501ns, "0.001"},
        {999'499ns, "0.999"},
        {999'501ns, "1.000"},
        {1'234'567ns, "1.235"},
        {10'050us, "10.050"},
        {24h, "86400000.000"},
        {-1'234'567ns, "-1.235"},
        {-400us, "-0.400"},
        {std::chrono::nanoseconds::min(), "-9223372036854.776"},
    };
    for (auto const& [duration, text] : rows) {
        CAPTURE(text);
        CHECK(line_of({.time = at, .request_id = "i", .client = "::1", .summary = {.duration = duration}})
                  .contains("\"duration_ms\":" + std::string(text) + ",\"ending\""));
    }
}

TEST_CASE("the time is of the UTC day, to the millisecond") {
    std::pair<std::chrono::system_clock::time_point, std::string_view> const rows[] = {
        {std::chrono::system_clock::time_point(), "1970-01-01T00:00:00.000Z"},
        {at + 999ms, "2023-11-14T22:13:21.041Z"},
        {std::chrono::sys_days(std::chrono::year(2024) / 2 / 29) + 23h + 59min + 59s + 999'999us,
         "2024-02-29T23:59:59.999Z"},
        {std::chrono::sys_days(std::chrono::year(2024) / 12 / 31) + 24h, "2025-01-01T00:00:00.000Z"},
    };
    for (auto const& [time, text] : rows) {
        CAPTURE(text);
        CHECK(line_of({.time = time, .request_id = "i", .client = "::1"})
                  .starts_with("{\"time\":\"" + std::string(text) + "\""));
    }
}

TEST_CASE("lines follow one another, each with its own time") {
    proxy::AccessLines lines;
    std::string wanted;
    for (auto const after : {0ms, 1ms, 999ms, 24h + 0ms, 0ms}) {
        AccessRecord const record{.time = at + after, .request_id = "i", .client = "::1"};
        lines.add(record);
        wanted += line_of(record);
        CHECK(lines.text() == wanted);
    }
    lines.clear();
    CHECK(lines.text().empty());
    lines.add({.time = at, .request_id = "i", .client = "::1"});
    CHECK(lines.text() == line_of({.time = at, .request_id = "i", .client = "::1"}));
}

}  // namespace tollgate::access_log_test
