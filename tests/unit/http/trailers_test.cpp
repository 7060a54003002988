#include "http/trailers.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace tollgate::trailers_test {
using namespace tollgate::http;

TEST_CASE("only the trailers that are listed are kept, written anew, in the order they came") {
    Arena arena;
    std::vector<std::string> const names{"X-Checksum", "Server-Timing"};
    CHECK(kept_trailers("x-checksum:1\r\nX-User-Id: 9\r\nServer-Timing:  a, b \r\n", names, arena) ==
          "x-checksum: 1\r\nServer-Timing: a, b\r\n");
    CHECK(kept_trailers("X-Checksum2: 1\r\nX_Checksum: 1\r\n", names, arena).empty());
    CHECK(kept_trailers("", names, arena).empty());
    CHECK(kept_trailers("X-Checksum: 1\r\n", {}, arena).empty());
}

}  // namespace tollgate::trailers_test
