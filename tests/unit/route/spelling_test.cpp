#include "route/spelling.hpp"

#include <doctest/doctest.h>

#include <string_view>
#include <vector>

namespace tollgate::spelling_test {
using namespace tollgate::route;

TEST_CASE("a path of plain segments has one spelling") {
    CHECK_FALSE(has_other_spellings("/v1/models/gpt-4:free@x,y"));
    CHECK(has_other_spellings("/a%3Ab"));
    CHECK(has_other_spellings("/a;b"));
}

TEST_CASE("what is visible is decoded, but no percent sign") {
    struct Row {
        std::string_view path;
        std::string_view decoded;
    };
    for (auto const& row : std::vector<Row>{
             {"/a", "/a"},
             {"/a%3Ab%40%21%24%2B", "/a:b@!$+"},
             {"/%3B%3F%23%7B%22%2A", "/;?#{\"*"},
             {"/%25", "/%25"},
             {"/%253A", "/%253A"},
             {"/a%20b%C3%A9%00%7F", "/a%20b%C3%A9%00%7F"},
             {"/%", "/%"},
             {"/%3", "/%3"},
             {"/%3Gx", "/%3Gx"},
         }) {
        CAPTURE(row.path);
        CHECK(decoded(row.path) == row.decoded);
    }
}

TEST_CASE("parameters and spaces are cut at the end of their segment") {
    struct Row {
        std::string_view path;
        std::string_view cut;
    };
    for (auto const& row : std::vector<Row>{
             {"/a", "/a"},
             {"/a;x=1", "/a"},
             {"/a;x/b;y;z/c", "/a/b/c"},
             {"/a;", "/a"},
             {"/a/;x/", "/a//"},
             {"/a%20/b%20%20;x/%20c", "/a/b/%20c"},
             {"/", "/"},
             {"", ""},
             {"/a?b/c", "/a"},
             {"/a;x#b?c", "/a"},
         }) {
        CAPTURE(row.path);
        CHECK(cut_short(row.path) == row.cut);
    }
}

}  // namespace tollgate::spelling_test
