#include "http/accept.hpp"

#include <doctest/doctest.h>

#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::accept_test {
using namespace tollgate::http;

TEST_CASE("who names a media type takes it, a range or silence is not enough") {
    std::vector<std::pair<std::vector<std::string_view>, bool>> const cases{
        {{"text/event-stream"}, true},
        {{"Text/Event-Stream"}, true},
        {{"application/json, text/event-stream"}, true},
        {{"application/json", "text/event-stream;q=0.5"}, true},
        {{"text/event-stream ; charset=utf-8; q=1"}, true},
        {{"text/event-stream;q=0"}, false},
        {{"text/event-stream; charset=utf-8; Q=0.000"}, false},
        {{"text/event-stream;q=0, text/event-stream"}, true},
        {{"*/*"}, false},
        {{"text/*"}, false},
        {{"text/event-streams"}, false},
        {{"application/json"}, false},
        {{""}, false},
        {{}, false},
    };
    for (auto const& [values, expected] : cases) {
        FieldList fields;
        fields.append(FieldName::content_type, "Content-Type", "text/event-stream");
        for (auto const value : values) fields.append(FieldName::accept, "Accept", value);
        CAPTURE(values.size());
        if (!values.empty()) CAPTURE(values.back());
        CHECK(names_in_accept(fields, "text/event-stream") == expected);
    }
}

}  // namespace tollgate::accept_test
