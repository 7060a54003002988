#include "http/hop.hpp"

#include "base/reserved_fields.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace tollgate::hop_test {
using namespace tollgate::http;
using tollgate::FieldRole;
using namespace std::literals;

namespace {

using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;

FieldList list(Pairs const& pairs) {
    FieldList fields;
    for (auto const& [name, value] : pairs) fields.append(boost::beast::http::string_to_field(name), name, value);
    return fields;
}

std::vector<std::string_view> names(FieldList const& fields) {
    std::vector<std::string_view> all;
    for (auto const& field : fields) all.push_back(field.name);
    return all;
}

}  // namespace

TEST_CASE("hop-by-hop fields are removed, all others stay in order") {
    auto fields = list({{"Host", "a"},
                        {"Connection", "close"},
                        {"keep-alive", "timeout=5"},
                        {"Accept", "*/*"},
                        {"Proxy-Connection", "x"},
                        {"TE", "trailers"},
                        {"Trailer", "A"},
                        {"TRANSFER-ENCODING", "chunked"},
                        {"Upgrade", "websocket"},
                        {"Proxy-Authenticate", "Basic"},
                        {"Proxy-Authorization", "Basic x"},
                        {"Proxy-Authentication-Info", "x"},
                        {"HTTP2-Settings", "x"},
                        {"X-Own", "b"},
                        {"Cookie", "c"}});
    remove_hop_by_hop(fields);
    CHECK(names(fields) == std::vector{"Host"sv, "Accept"sv, "X-Own"sv, "Cookie"sv});
}

TEST_CASE("what Connection names is removed, wherever it stands") {
    auto fields = list({{"X-One", "1"},
                        {"Connection", "x-one , ,keep-alive,"},
                        {"X-Two", "2"},
                        {"connection", "\tX-TWO"},
                        {"X-Three", "3"},
                        {"X-One", "again"},
                        {"X-On", "4"},
                        {"X-One-More", "5"}});
    remove_hop_by_hop(fields);
    CHECK(names(fields) == std::vector{"X-Three"sv, "X-On"sv, "X-One-More"sv});
}

TEST_CASE("Connection cannot remove what the gateway decides about") {
    Pairs const kept{
        {"Host", "a"},     {"Content-Length", "5"},  {"Authorization", "Bearer t"},  {"Forwarded", "for=a"},
        {"Via", "1.1 b"},  {"X-Forwarded-For", "a"}, {"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "a"},
        {"X-Real-IP", "a"}};
    for (auto const& [name, value] : kept) {
        CAPTURE(name);
        auto fields = list({{"Connection", name}, {name, value}});
        remove_hop_by_hop(fields);
        CHECK(names(fields) == std::vector{name});
    }
}

TEST_CASE("what stays and what goes agrees with the list of reserved fields, for every field that has an id") {
    for (auto id = 1U; id <= static_cast<unsigned>(FieldName::xref); ++id) {
        auto const name = std::string_view(boost::beast::http::to_string(static_cast<FieldName>(id)));
        CAPTURE(name);
        auto const role = tollgate::role_of(name);
        auto alone = list({{name, "a"}});
        remove_hop_by_hop(alone);
        CHECK((alone.size() == 0) == (role == FieldRole::hop_by_hop));

        // Two exceptions: the credentials have rules of their own, and without Expect the body simply comes.
        bool const kept = role == FieldRole::framing || role == FieldRole::routing || role == FieldRole::forwarding;
        auto named = list({{"Connection", name}, {name, "a"}});
        remove_hop_by_hop(named);
        CHECK((named.size() == 1) == ((kept && name != "Expect") || name == "Authorization"));
    }
}

TEST_CASE("every hop-by-hop field has an id by which it is found") {
    for (auto const& [name, role] : tollgate::reserved_fields) {
        CAPTURE(name);
        if (role != FieldRole::hop_by_hop) continue;
        CHECK(boost::beast::http::string_to_field(name) != FieldName::unknown);
    }
}

TEST_CASE("many Connection fields are all heeded") {
    FieldList fields;
    std::vector<std::string> const options{"A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8"};
    for (auto const& option : options) {
        fields.append(FieldName::connection, "Connection", option);
        fields.append(FieldName::unknown, option, "x");
    }
    remove_hop_by_hop(fields);
    CHECK(fields.size() == 0);
}

TEST_CASE("options of Connection are found as whole elements") {
    auto const fields = list({{"Connection", "keep-alive, Upgrade"}, {"Connection", "close"}, {"X-Own", "other"}});
    CHECK(connection_names(fields, "upgrade"));
    CHECK(connection_names(fields, "KEEP-ALIVE"));
    CHECK(connection_names(fields, "close"));
    CHECK_FALSE(connection_names(fields, "keep"));
    CHECK_FALSE(connection_names(fields, "alive"));
    CHECK_FALSE(connection_names(fields, "other"));
    CHECK_FALSE(connection_names(list({}), "close"));
    CHECK(connection_options(fields) == 3);
    CHECK(connection_options(list({{"X-Own", "a,b"}})) == 0);
}

TEST_CASE("an upgrade is wanted when Connection and one Upgrade field say so") {
    CHECK(upgrade_wanted(list({{"Connection", "keep-alive, Upgrade"}, {"Upgrade", "websocket"}})) == "websocket");
    CHECK(upgrade_wanted(list({{"Upgrade", "websocket"}})).empty());
    CHECK(upgrade_wanted(list({{"Connection", "upgrade"}})).empty());
    CHECK(upgrade_wanted(list({{"Connection", "upgraded"}, {"Upgrade", "websocket"}})).empty());
    CHECK(upgrade_wanted(list({{"Connection", "upgrade"}, {"Upgrade", "websocket"}, {"Upgrade", "h2c"}})).empty());
}

}  // namespace tollgate::hop_test
