#include "http/head_writer.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tollgate::head_writer_test {
using namespace tollgate::http;
using namespace std::literals;

TEST_CASE("a request head is its line and its fields, and lives in the arena") {
    Arena arena;
    FieldList fields;
    Target target;
    target.path = "/generate";
    CHECK(write_request_head(arena, "GET", "", target, fields) == "GET /generate HTTP/1.1\r\n\r\n");
    fields.append(FieldName::host, "Host", "a");
    fields.append(FieldName::unknown, "X-Empty", "");
    fields.append(FieldName::unknown, "X-Long", std::string_view("long"));
    target.has_query = true;
    CHECK(write_request_head(arena, "POST", "/v1", target, fields) ==
          "POST /v1/generate? HTTP/1.1\r\nHost: a\r\nX-Empty: \r\nX-Long: long\r\n\r\n");
    target.query = "a=b&c";
    auto const head = write_request_head(arena, "POST", "/v1", target, {});
    CHECK(write_request_head(arena, "DELETE", "", target, {}).starts_with("DELETE /generate?a=b&c "));
    CHECK(head == "POST /v1/generate?a=b&c HTTP/1.1\r\n\r\n");
}

TEST_CASE("a response head has the phrase that came, or the standard one") {
    Arena arena;
    ResponseHead head{.status = 404};
    CHECK(write_response_head(arena, head) == "HTTP/1.1 404 Not Found\r\n\r\n");
    head.phrase = "Gone Fishing";
    head.fields.append(FieldName::unknown, "A", "b");
    CHECK(write_response_head(arena, head) == "HTTP/1.1 404 Gone Fishing\r\nA: b\r\n\r\n");
    CHECK(write_response_head(arena, {.status = 799}) == "HTTP/1.1 799 <unknown-status>\r\n\r\n");
}

TEST_CASE("a question of our own ends its connection") {
    CHECK(own_get_request("/healthz", "ai:8000") ==
          "GET /healthz HTTP/1.1\r\nHost: ai:8000\r\nUser-Agent: tollgate\r\nConnection: close\r\n\r\n");
}

}  // namespace tollgate::head_writer_test
