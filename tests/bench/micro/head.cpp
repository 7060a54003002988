#include "http/head.hpp"

#include "bench/micro/allocations.hpp"
#include "http/framing.hpp"
#include "http/head_writer.hpp"
#include "http/target.hpp"
#include "proxy/access_log.hpp"
#include "proxy/outgoing.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>

namespace {

using namespace tollgate;
using namespace std::chrono_literals;

// As `./dev bench` sends it, and as a browser's page does.
constexpr std::string_view small_request =
    "POST /generate HTTP/1.1\r\nHost: bench.example\r\nUser-Agent: bench\r\nContent-Type: application/json\r\n"
    "Authorization: Bearer "
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI0MiIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAx"
    "ODAwLCJqdGkiOiJBQUFBQUFBQUFBQUFBQUFBQUFBQUFBIiwidmVyIjoxfQ.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n"
    "Content-Length: 27\r\n\r\n";
constexpr std::string_view browser_request =
    "POST /generate?model=large HTTP/1.1\r\nHost: api.example\r\nConnection: keep-alive\r\nContent-Length: 27\r\n"
    "sec-ch-ua-platform: \"Linux\"\r\nAuthorization: Bearer abc.def.ghi\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) "
    "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36\r\nAccept: text/event-stream\r\n"
    "sec-ch-ua: \"Chromium\";v=\"131\"\r\nContent-Type: application/json\r\nsec-ch-ua-mobile: ?0\r\n"
    "Origin: https://app.example\r\nSec-Fetch-Site: same-site\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n"
    "Referer: https://app.example/\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: "
    "en-US,en;q=0.9\r\n\r\n";
constexpr std::string_view small_response =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 28\r\n\r\n";

void read_request(benchmark::State& state, std::string_view text) {
    http::RequestHead head;
    bench::CountedAllocations const counted(state);
    for (auto _ : state) {
        head.fields.clear();
        auto const size = http::head_size(text, 0);
        auto const read = http::read_request_head(text.substr(0, size), {}, head);
        auto const framing = http::request_framing(head);
        if (!read || !framing) return state.SkipWithError("refused");
        benchmark::DoNotOptimize(head);
    }
}
BENCHMARK_CAPTURE(read_request, small, small_request);
BENCHMARK_CAPTURE(read_request, of_a_browser, browser_request);

void read_response(benchmark::State& state) {
    http::ResponseHead head;
    bench::CountedAllocations const counted(state);
    for (auto _ : state) {
        head.fields.clear();
        auto const size = http::head_size(small_response, 0);
        auto const read = http::read_response_head(small_response.substr(0, size), {}, head);
        auto const framing = http::response_framing("POST", head);
        if (!read || !framing) return state.SkipWithError("refused");
        benchmark::DoNotOptimize(head);
    }
}
BENCHMARK(read_response);

// From the fields received to the bytes that the service gets: hop-by-hop and identity out, ours in.
void write_request(benchmark::State& state, std::string_view text) {
    http::RequestHead head;
    if (!http::read_request_head(text, {}, head)) std::abort();
    auto const framing = http::request_framing(head);
    settings::Route const route;
    plugin::Identity identity;
    identity.user_id = "42";
    bench::CountedAllocations const counted(state);
    for (auto _ : state) {
        std::array<std::byte, 4096> room;
        http::Arena arena(room.data(), room.size());
        auto const target = http::read_target(head.method, head.target, arena);
        auto const fields = proxy::fields_for_upstream({.received = head,
                                                        .framing = *framing,
                                                        .host = "bench.example",
                                                        .hop = {.peer = "127.0.0.1", .host = "bench.example"},
                                                        .route = route,
                                                        .identity = &identity,
                                                        .request_id = "0123456789abcdef0123456789abcdef"},
                                                       arena);
        if (!target || !fields) return state.SkipWithError("refused");
        benchmark::DoNotOptimize(http::write_request_head(arena, head.method, "", *target, *fields));
    }
}
BENCHMARK_CAPTURE(write_request, small, small_request);
BENCHMARK_CAPTURE(write_request, of_a_browser, browser_request);

void write_response(benchmark::State& state) {
    http::ResponseHead received;
    if (!http::read_response_head(small_response, {}, received)) std::abort();
    auto const framing = http::response_framing("POST", received);
    bench::CountedAllocations const counted(state);
    for (auto _ : state) {
        std::array<std::byte, 4096> room;
        http::Arena arena(room.data(), room.size());
        auto head = received;
        proxy::prepare_for_client(head, *framing, proxy::ClientConnection::keep_alive,
                                  "0123456789abcdef0123456789abcdef", arena);
        benchmark::DoNotOptimize(http::write_response_head(arena, head));
    }
}
BENCHMARK(write_response);

void write_access_line(benchmark::State& state) {
    proxy::AccessRecord const record{
        .time = std::chrono::system_clock::time_point(1'700'000'000s),
        .request_id = "0123456789abcdef0123456789abcdef",
        .client = "127.0.0.1",
        .method = "POST",
        .path = "/generate",
        .route = "/generate",
        .user_id = "42",
        .upstream = "ai",
        .server = "127.0.0.1:8000",
        .summary = {.status = 200, .bytes_received = 27, .bytes_sent = 28, .duration = 250us, .first_byte = 200us}};
    proxy::AccessLines lines;
    bench::CountedAllocations const counted(state);
    for (auto _ : state) {
        lines.clear();
        lines.add(record);
        benchmark::DoNotOptimize(lines.text().data());
    }
}
BENCHMARK(write_access_line);

}  // namespace
