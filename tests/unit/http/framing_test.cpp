#include "http/framing.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace tollgate::framing_test {
using namespace tollgate::http;
using namespace std::literals;

namespace {

// Lines end with `\n` here, to be short.
std::string wire(std::string_view lines) {
    std::string text;
    for (char const c : lines) text += c == '\n' ? "\r\n"s : std::string(1, c);
    return text + "\r\n";
}

struct Request {
    explicit Request(std::string_view lines, std::string_view version = "1.1")
        : text("POST / HTTP/" + std::string(version) + "\r\n" + wire(lines)) {
        REQUIRE(read_request_head(text, {}, head));
    }
    std::string text;
    RequestHead head;
};

struct Response {
    explicit Response(std::string_view status, std::string_view lines, std::string_view version = "1.1")
        : text("HTTP/" + std::string(version) + " " + std::string(status) + " x\r\n" + wire(lines)) {
        REQUIRE(read_response_head(text, {}, head));
    }
    std::string text;
    ResponseHead head;
};

errc error_of(Result<Framing> const& result) { return result ? errc{} : errc_of(result.error(), errc::internal_error); }

}  // namespace

TEST_CASE("a request says where its body ends") {
    struct Row {
        std::string_view lines;
        BodyKind kind;
        std::uint64_t length;
        bool has_body;
    };
    for (auto const& row : std::vector<Row>{
             {"Host: a\n", BodyKind::none, 0, false},
             {"Host: a\nContent-Length: 0\n", BodyKind::length, 0, false},
             {"Host: a\ncontent-length: 17\n", BodyKind::length, 17, true},
             {"Host: a\nContent-Length: 9223372036854775807\n", BodyKind::length, 9223372036854775807U, true},
             {"Host: a\nTransfer-Encoding: chunked\n", BodyKind::chunked, 0, true},
             {"Host: a\ntransfer-encoding: \tCHUNKED \n", BodyKind::chunked, 0, true},
         }) {
        CAPTURE(row.lines);
        Request const request(row.lines);
        auto const framing = request_framing(request.head);
        REQUIRE(framing);
        CHECK(framing->kind == row.kind);
        CHECK(framing->length == row.length);
        CHECK(framing->has_body() == row.has_body);
    }
}

TEST_CASE("a message whose end can be read in two ways is refused") {
    for (auto const lines : {
             "Content-Length: 5\nTransfer-Encoding: chunked\n"sv,
             "Transfer-Encoding: chunked\nContent-Length: 5\n"sv,
             "Transfer-Encoding: chunked\nContent-Length: 0\n"sv,
             "Content-Length: 5\nContent-Length: 5\n"sv,
             "Content-Length: 5\nContent-Length: 6\n"sv,
             "Content-Length: 5, 5\n"sv,
             "Content-Length: 5,\n"sv,
             "Content-Length:\n"sv,
             "Content-Length: +5\n"sv,
             "Content-Length: -5\n"sv,
             "Content-Length: 5 6\n"sv,
             "Content-Length: 0x5\n"sv,
             "Content-Length: 5a\n"sv,
             "Content-Length: 5.0\n"sv,
             "Content-Length: 9223372036854775808\n"sv,
             "Content-Length: 18446744073709551621\n"sv,
             "Content-Length: 99999999999999999999999999\n"sv,
             "Transfer-Encoding: chunked\nTransfer-Encoding: chunked\n"sv,
             "Transfer-Encoding: chunked, chunked\n"sv,
             "Transfer-Encoding: gzip, chunked\n"sv,
             "Transfer-Encoding: chunked, gzip\n"sv,
             "Transfer-Encoding: identity\n"sv,
             "Transfer-Encoding: identity\nTransfer-Encoding: chunked\n"sv,
             "Transfer-Encoding: chunked\nTransfer-Encoding: identity\n"sv,
             "Transfer-Encoding: xchunked\n"sv,
             "Transfer-Encoding: chunked;q=1\n"sv,
             "Transfer-Encoding: \"chunked\"\n"sv,
             "Transfer-Encoding:\n"sv,
         }) {
        CAPTURE(lines);
        CHECK(error_of(request_framing(Request("Host: a\n" + std::string(lines)).head)) == errc::bad_request_framing);
        CHECK(error_of(response_framing("GET", Response("200", lines).head)) == errc::upstream_bad_response);
        CHECK(error_of(response_framing("HEAD", Response("200", lines).head)) == errc::upstream_bad_response);
        CHECK(error_of(response_framing("GET", Response("304", lines).head)) == errc::upstream_bad_response);
    }
}

TEST_CASE("HTTP/1.0 knows no transfer coding") {
    CHECK(error_of(request_framing(Request("Transfer-Encoding: chunked\n", "1.0").head)) == errc::bad_request_framing);
    CHECK(error_of(response_framing("GET", Response("200", "Transfer-Encoding: chunked\n", "1.0").head)) ==
          errc::upstream_bad_response);
}

TEST_CASE("more connection options than anybody needs are refused") {
    auto const options = [](std::size_t count) {
        std::string lines = "Host: a\nConnection: close\nConnection: a";
        for (std::size_t i = 2; i < count; ++i) lines += ",a";
        return lines + "\n";
    };
    CHECK(request_framing(Request(options(32)).head));
    CHECK(error_of(request_framing(Request(options(33)).head)) == errc::bad_request_framing);
    CHECK(error_of(response_framing("GET", Response("200", options(33)).head)) == errc::upstream_bad_response);
}

TEST_CASE("a request has exactly one valid Host, in HTTP/1.0 at most one") {
    CHECK(request_framing(Request("Host: a\n").head));
    CHECK(request_framing(Request("", "1.0").head));
    CHECK(request_framing(Request("Host: a\n", "1.0").head));
    CHECK(error_of(request_framing(Request("").head)) == errc::bad_host);
    CHECK(error_of(request_framing(Request("Host:\n").head)) == errc::bad_host);
    CHECK(error_of(request_framing(Request("Host: a\nHost: a\n").head)) == errc::bad_host);
    CHECK(error_of(request_framing(Request("Host: a\nhost: b\n").head)) == errc::bad_host);
    CHECK(error_of(request_framing(Request("Host: a\nHost: a\n", "1.0").head)) == errc::bad_host);
    CHECK(error_of(request_framing(Request("Host: a/b\n").head)) == errc::bad_host);
    CHECK(error_of(request_framing(Request("Host: a/b\n", "1.0").head)) == errc::bad_host);
}

TEST_CASE("a host is a name or an address, with or without a port") {
    for (auto const text :
         {"a"sv, "example.com"sv, "EXAMPLE.com."sv, "my_service:8000"sv, "127.0.0.1"sv, "127.0.0.1:65535"sv, "[::1]"sv,
          "[2001:db8::1]:443"sv, "xn--bcher-kva.example"sv, "a:0"sv, "a~b-c"sv}) {
        CAPTURE(text);
        CHECK(is_host(text));
    }
    for (auto const text : {""sv,          ":80"sv,
                            "a:"sv,        "a:b"sv,
                            "a:65536"sv,   "a:123456"sv,
                            "a:-1"sv,      "a:+1"sv,
                            "a:80:80"sv,   "::1"sv,
                            "[::1"sv,      "::1]"sv,
                            "[::1]x"sv,    "[::1]:"sv,
                            "[]"sv,        "[fe80::1%eth0]"sv,
                            "[1.2.3.4]"sv, "[v1.a]"sv,
                            "a b"sv,       "a,b"sv,
                            "a/b"sv,       "a@b"sv,
                            "u:p@b"sv,     "a%2eb"sv,
                            "a?b"sv,       "a#b"sv,
                            "a\\b"sv,      "a\"b"sv,
                            "a;b"sv,       "\xc3\xa4"sv,
                            "a\tb"sv,      "a\0b"sv,
                            "[::1\0]"sv,   "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]"sv}) {
        CAPTURE(text);
        CHECK_FALSE(is_host(text));
    }
    CHECK(is_host(std::string(253, 'a')));
    CHECK_FALSE(is_host(std::string(254, 'a')));
}

TEST_CASE("a response ends by chunks, by length or with the connection") {
    struct Row {
        std::string_view method, status, lines;
        BodyKind kind;
        std::uint64_t length;
    };
    for (auto const& row : std::vector<Row>{
             {"GET", "200", "Content-Length: 5\n", BodyKind::length, 5},
             {"GET", "200", "Content-Length: 0\n", BodyKind::length, 0},
             {"GET", "200", "Transfer-Encoding: chunked\n", BodyKind::chunked, 0},
             {"GET", "200", "", BodyKind::until_close, 0},
             {"GET", "500", "", BodyKind::until_close, 0},
             {"HEAD", "200", "Content-Length: 5\n", BodyKind::none, 0},
             {"HEAD", "200", "Transfer-Encoding: chunked\n", BodyKind::none, 0},
             {"HEAD", "200", "", BodyKind::none, 0},
             {"head", "200", "", BodyKind::until_close, 0},  // methods have a case
             {"GET", "100", "", BodyKind::none, 0},
             {"GET", "101", "", BodyKind::none, 0},
             {"GET", "103", "Content-Length: 5\n", BodyKind::none, 0},
             {"GET", "204", "Content-Length: 5\n", BodyKind::none, 0},
             {"GET", "204", "Transfer-Encoding: chunked\n", BodyKind::none, 0},
             {"GET", "304", "Content-Length: 5\n", BodyKind::none, 0},
             {"GET", "205", "Content-Length: 0\n", BodyKind::length, 0},
         }) {
        CAPTURE(row.method);
        CAPTURE(row.status);
        CAPTURE(row.lines);
        auto const framing = response_framing(row.method, Response(row.status, row.lines).head);
        REQUIRE(framing);
        CHECK(framing->kind == row.kind);
        CHECK(framing->length == row.length);
    }
}

TEST_CASE("a request keeps its connection as its version and Connection say") {
    struct Row {
        std::string_view version, lines;
        Persistence persistence;
    };
    for (auto const& row : std::vector<Row>{
             {"1.1", "", Persistence::keep_alive},
             {"1.1", "Connection: close\n", Persistence::close},
             {"1.1", "Connection: x, CLOSE\n", Persistence::close},
             {"1.1", "Connection: x\nConnection: close\n", Persistence::close},
             {"1.1", "Connection: closed\n", Persistence::keep_alive},
             {"1.1", "Connection: keep-alive, close\n", Persistence::close},
             {"1.0", "", Persistence::close},
             {"1.0", "Connection: Keep-Alive\n", Persistence::keep_alive},
             {"1.0", "Connection: keep-alive, close\n", Persistence::close},
         }) {
        CAPTURE(row.version);
        CAPTURE(row.lines);
        CHECK(request_persistence(Request(row.lines, row.version).head) == row.persistence);
        auto const lines = "Content-Length: 0\n" + std::string(row.lines);
        Response const response("200", lines, row.version);
        CHECK(response_persistence(response.head, {BodyKind::length, 0}) == row.persistence);
    }
}

TEST_CASE("a connection ends with a body that only its end delimits, or that may not be there") {
    struct Row {
        std::string_view method, status, lines;
        Persistence persistence;
    };
    for (auto const& row : std::vector<Row>{
             {"GET", "200", "", Persistence::close},
             {"GET", "200", "Transfer-Encoding: chunked\n", Persistence::keep_alive},
             {"HEAD", "200", "Content-Length: 5\n", Persistence::keep_alive},
             {"GET", "304", "Content-Length: 5\n", Persistence::keep_alive},
             {"GET", "204", "", Persistence::keep_alive},
             {"GET", "204", "Content-Length: 0\n", Persistence::keep_alive},
             {"GET", "204", "Content-Length: 5\n", Persistence::close},
             {"GET", "204", "Transfer-Encoding: chunked\n", Persistence::close},
             {"GET", "103", "Content-Length: 5\n", Persistence::close},
             {"GET", "103", "", Persistence::keep_alive},
         }) {
        CAPTURE(row.method);
        CAPTURE(row.status);
        CAPTURE(row.lines);
        Response const response(row.status, row.lines);
        auto const framing = response_framing(row.method, response.head);
        REQUIRE(framing);
        CHECK(response_persistence(response.head, *framing) == row.persistence);
    }
    Response const ambiguous("200", "Content-Length: 5\nContent-Length: 5\n");
    CHECK(response_persistence(ambiguous.head, {BodyKind::length, 5}) == Persistence::close);
}

}  // namespace tollgate::framing_test
