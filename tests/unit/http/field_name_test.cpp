#include "http/field_name.hpp"

#include "base/characters.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <string_view>

namespace tollgate::field_name_test {
using namespace tollgate::http;
using namespace std::literals;
using tollgate::lowered;

namespace {

constexpr unsigned last_id = static_cast<unsigned>(FieldName::xref);

std::string name_of(unsigned id) { return std::string(to_string(static_cast<FieldName>(id))); }

// What the table is to say of a token. Of other texts Beast thinks that some control characters are digits or `-`.
FieldName as_beast(std::string_view name) {
    if (!tollgate::is_token(name)) return FieldName::unknown;
    return boost::beast::http::string_to_field({name.data(), name.size()});
}

std::string upper(std::string text) {
    for (auto& c : text) c = tollgate::is_letter(c) ? static_cast<char>(c & ~0x20) : c;
    return text;
}

}  // namespace

TEST_CASE("every name of the list is found, in any case of its letters") {
    std::mt19937 chosen(1);
    for (unsigned id = 1; id <= last_id; ++id) {
        auto const name = name_of(id);
        CAPTURE(name);
        REQUIRE(as_beast(name) == static_cast<FieldName>(id));
        CHECK(field_name_of(name) == static_cast<FieldName>(id));
        CHECK(field_name_of(lowered(name)) == static_cast<FieldName>(id));
        CHECK(field_name_of(upper(name)) == static_cast<FieldName>(id));
        for (int round = 0; round < 20; ++round) {
            auto mixed = name;
            for (auto& c : mixed) c = tollgate::is_letter(c) && chosen() % 2 == 0 ? static_cast<char>(c ^ 0x20) : c;
            CHECK(field_name_of(mixed) == static_cast<FieldName>(id));
        }
    }
}

TEST_CASE("what is nearly a name of the list is none, unless it is another one") {
    for (unsigned id = 1; id <= last_id; ++id) {
        auto const name = name_of(id);
        CAPTURE(name);
        for (std::size_t at = 0; at < name.size(); ++at) {
            CAPTURE(at);
            auto other = name;
            for (int byte = 0; byte < 256; ++byte) {
                other[at] = static_cast<char>(byte);
                if (field_name_of(other) == as_beast(other)) continue;
                CAPTURE(byte);
                CHECK(field_name_of(other) == as_beast(other));
            }
            auto const shorter = name.substr(0, at) + name.substr(at + 1);
            CHECK(field_name_of(shorter) == as_beast(shorter));
            auto const twice = name.substr(0, at) + name[at] + name.substr(at);
            CHECK(field_name_of(twice) == as_beast(twice));
        }
        for (auto const end : {"-"sv, " "sv, "s"sv, "\0"sv, "\t"sv, ":"sv}) {
            CHECK(field_name_of(name + std::string(end)) == as_beast(name + std::string(end)));
            CHECK(field_name_of(std::string(end) + name) == as_beast(std::string(end) + name));
        }
    }
}

TEST_CASE("names that the list lacks are unknown") {
    for (auto const name : {""sv, "a"sv, "X-User-Id"sv, "X-Request-Id"sv, "Content_Length"sv, "Transfer-Encodin"sv,
                            "<unknown-field>"sv, "Content-Length\r"sv, "Content\rLength"sv, "\0\0\0\0"sv}) {
        CAPTURE(name);
        CHECK(field_name_of(name) == FieldName::unknown);
    }
    CHECK(field_name_of(std::string(40'000, 'x')) == FieldName::unknown);
}

}  // namespace tollgate::field_name_test
