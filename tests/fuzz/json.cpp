// JSON from outside. What the strict reader accepts, a stock reader understands in the same way: the two never see
// different things in one text.
#include "base/strict_json.hpp"

#include "fuzz/fuzz.hpp"
#include "fuzz/targets.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace tollgate::fuzz {
namespace {

namespace json = boost::json;

struct Shape {
    std::size_t depth = 0;
    std::size_t members = 0;
    bool finite = true;  // the library reads 1e400 as an infinity and 0e400 as NaN; it writes neither as JSON

    void hold(Shape const& below) {
        depth = std::max(depth, below.depth + 1);
        members += below.members;
        finite = finite && below.finite;
    }
    bool operator==(Shape const&) const = default;
};

Shape shape_of(json::value const& value) {
    if (auto const* const number = value.if_double()) return {.finite = std::isfinite(*number)};
    Shape shape{.depth = value.is_structured() ? 1U : 0U};
    if (auto const* const list = value.if_array()) {
        for (auto const& item : *list) shape.hold(shape_of(item));
    } else if (auto const* const object = value.if_object()) {
        shape.members = object->size();
        for (auto const& member : *object) shape.hold(shape_of(member.value()));
    }
    return shape;
}

}  // namespace

void try_json(std::string_view input) {
    auto const strict = parse_strict_json(input);
    json::error_code refused;
    auto const stock = json::parse({input.data(), input.size()}, refused);
    if (!strict) {
        require(strict.error() == errc::bad_form, "a refusal says bad_form");
        // A name that stands twice is all that the stock reader would have let pass: without it there is nothing wrong.
        if (refused || !stock.is_object() || !shape_of(stock).finite) return;
        auto const once = json::serialize(stock);
        require(parse_strict_json({once.data(), once.size()}).has_value(), "only a repeated name is refused");
        return;
    }
    auto const shape = shape_of(*strict);
    require(strict->is_object() && shape.depth <= most_json_depth, "an object, at most 32 levels deep");
    require(!refused, "the stock reader accepts it too");
    if (!shape.finite) return;
    require(*strict == stock, "the stock reader sees the same");
    auto const text = json::serialize(*strict);
    auto const again = parse_strict_json({text.data(), text.size()});
    require(again && shape_of(*again) == shape, "what was written is read as the same");
}

}  // namespace tollgate::fuzz
