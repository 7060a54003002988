#include "proxy/access_log.hpp"

#include <doctest/doctest.h>

using namespace tollgate;
using proxy::AccessRecord;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::system_clock::time_point at{1'700'000'000'042ms};

std::string line_of(AccessRecord const& record) {
    std::string line;
    proxy::append_access_line(line, record);
    return line;
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
    for (auto const& [text, escaped] :
         {Row{"plain /path", "plain /path"}, Row{"a\"b\\c", "a\\\"b\\\\c"},
          Row{"\n\r\t\x1b", "\\u000a\\u000d\\u0009\\u001b"}, Row{std::string(1, '\0') + "\x7f", "\\u0000\\u007f"},
          Row{"\xc3\xa9\xff", "\\u00c3\\u00a9\\u00ff"}}) {
        std::string out;
        proxy::append_json_escaped(out, text, 100);
        CHECK(out == escaped);
    }
    std::string out;
    proxy::append_json_escaped(out, std::string(50, 'x'), 8);
    CHECK(out == "xxxxxxxx");
}
