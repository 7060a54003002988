#include "cors/vary.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace tollgate::vary_test {

TEST_CASE("Origin joins what Vary says already, and is not said twice") {
    struct Row {
        std::vector<std::string> before;
        std::vector<std::string> after;
    };
    for (auto const& [before, after] : {
             Row{{}, {"Origin"}},
             Row{{""}, {"Origin"}},
             Row{{"Accept-Encoding"}, {"Accept-Encoding, Origin"}},
             Row{{"Accept, Accept-Encoding"}, {"Accept, Accept-Encoding, Origin"}},
             Row{{"Accept", "Cookie"}, {"Accept, Cookie, Origin"}},
             Row{{"X-Origin"}, {"X-Origin, Origin"}},
             Row{{"Origin"}, {"Origin"}},
             Row{{"accept , origin"}, {"accept , origin"}},
             Row{{"Accept", "Origin"}, {"Accept", "Origin"}},
             Row{{"*"}, {"*"}},
             Row{{"Accept, *"}, {"Accept, *"}},
             Row{{"Accept", "*"}, {"Accept", "*"}},
         }) {
        http::Arena arena;
        http::FieldList fields;
        REQUIRE(fields.add(arena, "Content-Type", "text/plain"));
        for (auto const& value : before) REQUIRE(fields.add(arena, "vary", value));
        cors::vary_by_origin(fields, arena);
        std::vector<std::string> found;
        for (auto const& field : fields) {
            if (field.id == http::FieldName::vary) found.emplace_back(field.value);
        }
        CHECK(found == after);
        CHECK(fields.size() == after.size() + 1);
    }
}

}  // namespace tollgate::vary_test
