#include "http/head.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace tollgate::head_test {
using namespace tollgate::http;
using namespace std::literals;

namespace {

boost::system::error_code error_of_request(std::string_view head, HeadLimits const& limits = {}) {
    RequestHead into;
    auto const result = read_request_head(head, limits, into);
    return result ? boost::system::error_code() : result.error();
}

boost::system::error_code error_of_response(std::string_view head, HeadLimits const& limits = {}) {
    ResponseHead into;
    auto const result = read_response_head(head, limits, into);
    return result ? boost::system::error_code() : result.error();
}

// A request whose only field line is `line`.
std::string with_line(std::string_view line) { return "GET / HTTP/1.1\r\n" + std::string(line) + "\r\n\r\n"; }

}  // namespace

TEST_CASE("the size of a head is known when its empty line is there") {
    constexpr auto head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"sv;
    for (std::size_t length = 0; length < head.size(); ++length) CHECK(head_size(head.substr(0, length), 0) == 0);
    CHECK(head_size(head, 0) == head.size());
    CHECK(head_size("GET / HTTP/1.1\r\n\r\n", 0) == 18);
    CHECK(head_size("GET", 18) == 0);
}

TEST_CASE("what follows a head does not change its size") {
    CHECK(head_size("GET / HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n", 0) == 18);
}

TEST_CASE("the size of a head does not depend on where its bytes were cut") {
    constexpr auto head = "GET / HTTP/1.1\r\nHost: a\r\nAccept: b\r\n\r\nbody\r\n\r\n"sv;
    for (std::size_t scanned = 0; scanned < 38; ++scanned) {
        CAPTURE(scanned);
        REQUIRE(head_size(head.substr(0, scanned), 0) == 0);
        CHECK(head_size(head, scanned) == 38);
    }
}

TEST_CASE("the empty line is found wherever it stands, in pieces too, and nothing else is taken for it") {
    auto const size_by_bytes = [](std::string_view input) -> std::size_t {
        for (std::size_t at = 0; at < input.size(); ++at) {
            if (input[at] != '\n') continue;
            if (input.substr(at + 1).starts_with('\n')) return at + 2;
            if (input.substr(at + 1).starts_with("\r\n")) return at + 3;
        }
        return 0;
    };
    constexpr auto bytes = "a\r\n"sv;
    for (std::size_t at = 1; at < 40; ++at) {
        for (unsigned pattern = 0; pattern < 3 * 3 * 3 * 3 * 3; ++pattern) {
            std::string input(50, 'x');
            for (unsigned i = 0, rest = pattern; i < 5; ++i, rest /= 3) input[at + i] = bytes[rest % 3];
            auto const expected = size_by_bytes(input);
            CAPTURE(at);
            CAPTURE(pattern);
            REQUIRE(head_size(input, 0) == expected);
            auto const pieces = expected == 0 ? input.size() : expected - 1;
            for (std::size_t const cut : {at, at + 1, at + 2, at + 3, at + 4, at + 5}) {
                if (cut > pieces) break;
                REQUIRE(head_size(std::string_view(input).substr(0, cut), 0) == 0);
                REQUIRE(head_size(input, cut) == expected);
            }
        }
    }
}

TEST_CASE("a head that can never be good is not waited for") {
    struct Row {
        std::string_view input;
        std::size_t size;
    };
    for (auto const& row : std::vector<Row>{
             {"GET / HTTP/1.1\nHost: a\n\n", 24},
             {"GET / HTTP/1.1\r\nHost: a\n\r\n", 26},
             {"GET / HTTP/1.1\r\nHost: a\r\n\nX: y", 26},
             {"\r\nGET / HTTP/1.1\r\n\r\n", 1},
             {"\n", 1},
             {"\x16\x03\x01\x02", 1},
             {" GET / HTTP/1.1", 1},
         }) {
        CAPTURE(row.input);
        CHECK(head_size(row.input, 0) == row.size);
        CHECK(error_of_request(row.input.substr(0, row.size)) == errc::bad_request_framing);
        CHECK(error_of_response(row.input.substr(0, row.size)) == errc::upstream_bad_response);
    }
}

TEST_CASE("a request head is read into views of its bytes") {
    constexpr auto head = "POST /generate?x=1 HTTP/1.1\r\nHost: example.com\r\nX-Own:  a\tb \t\r\nAccept:\r\n\r\n"sv;
    RequestHead into;
    REQUIRE(read_request_head(head, {}, into));
    CHECK(into.method == "POST");
    CHECK(into.target == "/generate?x=1");
    CHECK(into.minor == 1);
    REQUIRE(into.fields.size() == 3);
    auto const field = into.fields.begin();
    CHECK(field[0].id == FieldName::host);
    CHECK(field[0].name == "Host");
    CHECK(field[0].value == "example.com");
    CHECK(field[1].id == FieldName::unknown);
    CHECK(field[1].name == "X-Own");
    CHECK(field[1].value == "a\tb");
    CHECK(field[2].id == FieldName::accept);
    CHECK(field[2].value.empty());
    CHECK(into.target.data() == head.data() + 5);
    CHECK(field[0].value.data() == head.data() + head.find("example"));
}

TEST_CASE("a head that is read again forgets the one before") {
    RequestHead into;
    REQUIRE(read_request_head("GET /a HTTP/1.1\r\nHost: a\r\nCookie: b\r\n\r\n", {}, into));
    REQUIRE(read_request_head("PUT /b HTTP/1.0\r\n\r\n", {}, into));
    CHECK(into.method == "PUT");
    CHECK(into.target == "/b");
    CHECK(into.minor == 0);
    CHECK(into.fields.size() == 0);
}

TEST_CASE("a request line is method, space, target, space, version") {
    for (auto const line : {
             "GET / HTTP/1.1"sv, "M-SEARCH * HTTP/1.1"sv, "get http://a/ HTTP/1.0"sv,
             "GET /\xc3\xa4 HTTP/1.1"sv,  // http/target refuses it with its own reason
         }) {
        CAPTURE(line);
        CHECK(!error_of_request(std::string(line) + "\r\n\r\n"));
    }
    for (auto const line : {
             ""sv,
             "GET"sv,
             "GET "sv,
             "GET /"sv,
             "GET / "sv,
             "GET /  HTTP/1.1"sv,
             "GET  / HTTP/1.1"sv,
             " GET / HTTP/1.1"sv,
             "GET / HTTP/1.1 "sv,
             "GET\t/ HTTP/1.1"sv,
             "GET /\tHTTP/1.1"sv,
             "GET /a b HTTP/1.1"sv,
             "G@T / HTTP/1.1"sv,
             "GET  HTTP/1.1"sv,
             "GET / HTTP/1.2"sv,
             "GET / HTTP/2.0"sv,
             "GET / HTTP/0.9"sv,
             "GET / HTTP/1"sv,
             "GET / HTTP/1.10"sv,
             "GET / HTTP/1.1x"sv,
             "GET / http/1.1"sv,
             "GET / HTTP /1.1"sv,
             "GET / HTTP/11"sv,
             "PRI * HTTP/2.0"sv,
             "GET /\x7f HTTP/1.1"sv,
             "GET /\x01 HTTP/1.1"sv,
             "GET /\0 HTTP/1.1"sv,
             "G\xc3T / HTTP/1.1"sv,
             "GET /\r HTTP/1.1"sv,
             "GET / HTTP/1.1\r"sv,
         }) {
        CAPTURE(line);
        CHECK(error_of_request(std::string(line) + "\r\n\r\n") == errc::bad_request_framing);
    }
}

TEST_CASE("a field line is a token, a colon and a value") {
    for (auto const line : {
             "A:b"sv,
             "A: b"sv,
             "A:\tb\t"sv,
             "A:"sv,
             "A:   "sv,
             "A: b:c"sv,
             "A: \xc3\xa4"sv,
             "!#$%&'*+-.^_`|~09azAZ: x"sv,
             "A: 12345678901234567890\t1234567890"sv,
         }) {
        CAPTURE(line);
        CHECK(!error_of_request(with_line(line)));
    }
    for (auto const line : {
             "A"sv,
             ": b"sv,
             "A : b"sv,
             "A\t: b"sv,
             " A: b"sv,
             "\tA: b"sv,
             "A: b\r\n c"sv,
             "A: b\r\n\tc"sv,
             "A b: c"sv,
             "A: b\rc"sv,
             "A: b\nC: d"sv,
             "A: b\n"sv,
             "A: b\r"sv,
             "A\r: b"sv,
             "A\0: b"sv,
             "A: \0"sv,
             "A: \x01"sv,
             "A: \x0b"sv,
             "A: \x1f"sv,
             "A: \x7f"sv,
             "A: 1234567\x7f"sv,
             "A: 12345678\x7f"sv,
             "A: 12345678901234\x01"sv,
             "\xc3\xa4: b"sv,
             "A(: b"sv,
             "A\"b: c"sv,
         }) {
        CAPTURE(line);
        CHECK(error_of_request(with_line(line)) == errc::bad_request_framing);
        CHECK(error_of_response("HTTP/1.1 200 OK\r\n" + std::string(line) + "\r\n\r\n") == errc::upstream_bad_response);
    }
}

TEST_CASE("every control byte but a tab is refused at every place of a value") {
    for (int byte = 0; byte < 256; ++byte) {
        bool const allowed = byte == '\t' || (byte >= 0x20 && byte != 0x7f);
        for (std::size_t place = 0; place < 20; ++place) {
            std::string value(20, 'x');
            value[place] = static_cast<char>(byte);
            CAPTURE(byte);
            CAPTURE(place);
            CHECK(error_of_request(with_line("A: " + value)).failed() == !allowed);
        }
    }
}

TEST_CASE("a head is exactly one head") {
    CHECK(error_of_request("GET / HTTP/1.1\r\n") == errc::bad_request_framing);
    CHECK(error_of_request("GET / HTTP/1.1\r\nA: b\r\n") == errc::bad_request_framing);
    CHECK(error_of_request("GET / HTTP/1.1\r\n\r\nA: b\r\n\r\n") == errc::bad_request_framing);
    CHECK(error_of_request("") == errc::bad_request_framing);
}

TEST_CASE("a head over its limits is refused with the reason") {
    HeadLimits const limits{.head_bytes = 64, .fields = 2, .target_bytes = 8};
    CHECK(!error_of_request("GET /2345678 HTTP/1.1\r\nA: b\r\nC: d\r\n\r\n", limits));
    CHECK(error_of_request("GET /23456789 HTTP/1.1\r\n\r\n", limits) == errc::target_too_long);
    CHECK(error_of_request("GET / HTTP/1.1\r\nA: b\r\nC: d\r\nE: f\r\n\r\n", limits) == errc::head_too_large);
    CHECK(error_of_request("GET / HTTP/1.1\r\nA: " + std::string(64, 'x') + "\r\n\r\n", limits) ==
          errc::head_too_large);
    CHECK(!error_of_response("HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n\r\n", limits));
    CHECK(error_of_response("HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\nE: f\r\n\r\n", limits) == errc::upstream_bad_response);
    CHECK(error_of_response("HTTP/1.1 200 " + std::string(64, 'x') + "\r\n\r\n", limits) ==
          errc::upstream_bad_response);
}

TEST_CASE("a response head is read, with a phrase or without") {
    struct Row {
        std::string_view line;
        unsigned status;
        std::string_view phrase;
        unsigned minor;
    };
    for (auto const& row : std::vector<Row>{
             {"HTTP/1.1 200 OK", 200, "OK", 1},
             {"HTTP/1.0 404 Not Found", 404, "Not Found", 0},
             {"HTTP/1.1 200 ", 200, "", 1},
             {"HTTP/1.1 200", 200, "", 1},
             {"HTTP/1.1 100 Continue", 100, "Continue", 1},
             {"HTTP/1.1 999 \xc3\xa4\t!", 999, "\xc3\xa4\t!", 1},
         }) {
        CAPTURE(row.line);
        auto const head = std::string(row.line) + "\r\nServer: s\r\n\r\n";
        ResponseHead into;
        into.phrase = "left over";
        REQUIRE(read_response_head(head, {}, into));
        CHECK(into.status == row.status);
        CHECK(into.phrase == row.phrase);
        CHECK(into.minor == row.minor);
        CHECK(into.fields.find(FieldName::server) == "s");
    }
}

TEST_CASE("a status line that is not exactly one is refused") {
    for (auto const line : {
             ""sv,
             "HTTP/1.1"sv,
             "HTTP/1.1 "sv,
             "HTTP/1.1 20"sv,
             "HTTP/1.1 2000"sv,
             "HTTP/1.1 20x OK"sv,
             "HTTP/1.1 099 OK"sv,
             "HTTP/1.1 000"sv,
             "HTTP/1.1  200 OK"sv,
             "HTTP/1.1 200\tOK"sv,
             "HTTP/1.1 200OK"sv,
             "HTTP/2 200 OK"sv,
             "HTTP/1.2 200 OK"sv,
             "http/1.1 200 OK"sv,
             "ICY 200 OK"sv,
             "HTTP/1.1 200 O\rK"sv,
             "HTTP/1.1 200 O\nK"sv,
             "HTTP/1.1 200 O\0K"sv,
             "HTTP/1.1 200 OK\r"sv,
             "HTTP/1.1 +20 OK"sv,
             "HTTP/1.1 -20 OK"sv,
         }) {
        CAPTURE(line);
        CHECK(error_of_response(std::string(line) + "\r\n\r\n") == errc::upstream_bad_response);
    }
}

}  // namespace tollgate::head_test
