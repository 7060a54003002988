#include "http/forwarded.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::forwarded_test {
using namespace tollgate::http;
using namespace std::literals;

namespace {

using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;

FieldList list(Pairs const& pairs) {
    FieldList fields;
    for (auto const& [name, value] : pairs) fields.append(boost::beast::http::string_to_field(name), name, value);
    return fields;
}

Pairs pairs(FieldList const& fields) {
    Pairs all;
    for (auto const& field : fields) all.emplace_back(field.name, field.value);
    return all;
}

bool is_private(boost::asio::ip::address const& address) { return address.to_string().starts_with("10."); }

std::string_view client_of(Pairs const& received, Hop const& hop) {
    return client_address(list(received), hop, is_private);
}

Hop trusted() { return {.peer = "10.0.0.1", .peer_trusted = true, .host = "gate.example"}; }
Hop untrusted() { return {.peer = "192.0.2.7", .host = "gate.example"}; }

}  // namespace

TEST_CASE("an untrusted peer is the client, whatever it writes") {
    CHECK(client_of({{"X-Forwarded-For", "198.51.100.1"}}, untrusted()) == "192.0.2.7");
}

TEST_CASE("the client is the rightmost untrusted hop") {
    struct Row {
        std::string_view forwarded;
        std::string_view client;
    };
    for (auto const& row : std::vector<Row>{
             {"198.51.100.1", "198.51.100.1"},
             {"203.0.113.9, 198.51.100.1", "198.51.100.1"},
             {"203.0.113.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"},
             {"203.0.113.9,198.51.100.1 ,\t10.0.0.2,10.0.0.3", "198.51.100.1"},
             {"10.0.0.3, 10.0.0.2", "10.0.0.3"},
             {"2001:db8::1", "2001:db8::1"},
             {"[2001:db8::1]", "2001:db8::1"},
             {"[2001:db8::1]:4711", "2001:db8::1"},
             {"198.51.100.1:4711", "198.51.100.1"},
             // What is no address ends the search at the hop before.
             {"198.51.100.1, unknown", "10.0.0.1"},
             {"198.51.100.1, unknown, 10.0.0.2", "10.0.0.2"},
             {"198.51.100.1, , 10.0.0.2", "10.0.0.2"},
             {"198.51.100.1,", "10.0.0.1"},
             {"", "10.0.0.1"},
             {"fe80::1%eth0", "10.0.0.1"},
             {"[::1", "10.0.0.1"},
             {"[::1]x", "10.0.0.1"},
             {"[", "10.0.0.1"},
             {"198.51.100.1:x", "10.0.0.1"},
             {"198.51.100.1:", "10.0.0.1"},
             {"198.51.100.256", "10.0.0.1"},
             {"1", "10.0.0.1"},
         }) {
        CAPTURE(row.forwarded);
        CHECK(client_of({{"x-forwarded-for", row.forwarded}}, trusted()) == row.client);
    }
    CHECK(client_of({}, trusted()) == "10.0.0.1");
}

TEST_CASE("several fields are one list") {
    CHECK(client_of({{"X-Forwarded-For", "203.0.113.9"}, {"Host", "a"}, {"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}},
                    trusted()) == "203.0.113.9");
    CHECK(client_of({{"X-Forwarded-For", "203.0.113.9"}, {"X-Forwarded-For", "198.51.100.1"}}, trusted()) ==
          "198.51.100.1");
}

TEST_CASE("the search for the client is bounded") {
    std::string hops = "203.0.113.9";
    for (int i = 0; i < 40; ++i) hops += ", 10.0.1." + std::to_string(i);
    CHECK(client_of({{"X-Forwarded-For", hops}}, trusted()) == "10.0.1.8");  // the 32nd from the right
}

TEST_CASE("what an untrusted client wrote is replaced by what we saw") {
    Arena arena;
    auto fields = list({{"Host", "gate.example"},
                        {"X-Forwarded-For", "1.1.1.1"},
                        {"x_forwarded_for", "1.1.1.1"},
                        {"X-Forwarded-Proto", "https"},
                        {"X-Forwarded-Host", "evil.example"},
                        {"X-Forwarded-Port", "1"},
                        {"X-Real-IP", "1.1.1.1"},
                        {"Forwarded", "for=1.1.1.1"},
                        {"Via", "1.1 evil"},
                        {"Accept", "*/*"}});
    write_forwarding_fields(fields, untrusted(), arena);
    CHECK(pairs(fields) == Pairs{{"Host", "gate.example"},
                                 {"Accept", "*/*"},
                                 {"X-Forwarded-For", "192.0.2.7"},
                                 {"X-Forwarded-Proto", "http"},
                                 {"X-Forwarded-Host", "gate.example"},
                                 {"Forwarded", "for=192.0.2.7;host=\"gate.example\";proto=http"},
                                 {"Via", "1.1 tollgate"}});
}

TEST_CASE("what a trusted peer wrote is appended to") {
    Arena arena;
    auto fields = list({{"X-Forwarded-For", "203.0.113.9"},
                        {"x-forwarded-for", "198.51.100.1"},
                        {"X-Forwarded-Proto", "https"},
                        {"X-Forwarded-Host", "public.example"},
                        {"Forwarded", "for=203.0.113.9"},
                        {"Via", "2.0 edge"}});
    write_forwarding_fields(fields, trusted(), arena);
    CHECK(pairs(fields) == Pairs{{"X-Forwarded-Proto", "https"},
                                 {"X-Forwarded-Host", "public.example"},
                                 {"X-Forwarded-For", "203.0.113.9, 198.51.100.1, 10.0.0.1"},
                                 {"Forwarded", "for=203.0.113.9, for=10.0.0.1;host=\"gate.example\";proto=http"},
                                 {"Via", "2.0 edge, 1.1 tollgate"}});
}

TEST_CASE("what a trusted peer did not write is ours") {
    Arena arena;
    FieldList fields;
    write_forwarding_fields(fields, trusted(), arena);
    CHECK(fields.find("X-Forwarded-For") == "10.0.0.1");
    CHECK(fields.find("X-Forwarded-Proto") == "http");
    CHECK(fields.find("X-Forwarded-Host") == "gate.example");
    CHECK(fields.find(FieldName::via) == "1.1 tollgate");
}

TEST_CASE("addresses, schemes, ports and versions are written as their fields want them") {
    Arena arena;
    FieldList fields;
    write_forwarding_fields(fields, {.peer = "2001:db8::1", .host = "gate.example:8443", .minor = 0}, arena);
    CHECK(fields.find("X-Forwarded-For") == "2001:db8::1");
    CHECK(fields.find("X-Forwarded-Proto") == "http");
    CHECK(fields.find("X-Forwarded-Host") == "gate.example:8443");
    CHECK(fields.find(FieldName::forwarded) == "for=\"[2001:db8::1]\";host=\"gate.example:8443\";proto=http");
    CHECK(fields.find(FieldName::via) == "1.0 tollgate");
}

TEST_CASE("a host that is none is not written") {
    for (auto const host : {""sv, "a\";proto=https"sv, "a, b"sv}) {
        Arena arena;
        FieldList fields;
        write_forwarding_fields(fields, {.peer = "192.0.2.7", .host = host}, arena);
        CHECK(fields.find("X-Forwarded-Host") == std::nullopt);
        CHECK(fields.find(FieldName::forwarded) == "for=192.0.2.7;proto=http");
    }
}

TEST_CASE("an X-Real-IP that came through a trusted peer is the client's address, whoever wrote it") {
    auto hop = trusted();
    for (std::string_view const client : {"", "198.51.100.1"}) {
        hop.client = client;
        Arena arena;
        auto fields = list({{"X-Real-IP", "127.0.0.1"}, {"x-real-ip", "127.0.0.2"}});
        write_forwarding_fields(fields, hop, arena);
        CHECK(fields.find("X-Real-IP") == (client.empty() ? "10.0.0.1" : client));
        CHECK(pairs(fields).front() == Pairs::value_type{"X-Real-IP", client.empty() ? "10.0.0.1" : client});
        CHECK(std::ranges::count(pairs(fields), "x-real-ip"sv, &Pairs::value_type::first) == 0);
    }
    Arena arena;
    FieldList none;
    write_forwarding_fields(none, hop, arena);
    CHECK(none.find("X-Real-IP") == std::nullopt);
}

TEST_CASE("of a list that has grown too long the hops nearest to us stay") {
    Arena arena;
    std::string const fits(2048, 'x');
    auto fields = list({{"X-Forwarded-For", fits}, {"Via", fits}, {"Via", "more"}});
    write_forwarding_fields(fields, trusted(), arena);
    CHECK(fields.find("X-Forwarded-For") == fits + ", 10.0.0.1");
    CHECK(fields.find(FieldName::via) == "more, 1.1 tollgate");
    CHECK(fields.count(FieldName::via) == 1);
}

TEST_CASE("what a client writes in front does not hide what was added behind it") {
    struct Row {
        std::string before;
        std::string_view after;
    };
    std::string const junk(2100, '1');
    std::string many;
    for (int i = 0; i < 1000; ++i) many += "1.2.3.4,";
    for (auto const& row : std::vector<Row>{
             {junk + ", 198.51.100.1", "198.51.100.1, 10.0.0.1"},
             {junk + ",198.51.100.1 , 10.0.0.2", "198.51.100.1 , 10.0.0.2, 10.0.0.1"},
             {junk, "10.0.0.1"},
             {many + junk, "10.0.0.1"},
             {junk + "\", 198.51.100.1", "198.51.100.1, 10.0.0.1"},
             {junk + ", \", 198.51.100.1", "198.51.100.1, 10.0.0.1"},
             {junk + ", \"\\\", 198.51.100.1", "198.51.100.1, 10.0.0.1"},
             {junk + ", 1.1.1.1, \"a\", 198.51.100.1", "1.1.1.1, \"a\", 198.51.100.1, 10.0.0.1"},
             {junk + ",", "10.0.0.1"},
         }) {
        Arena arena;
        auto fields = list({{"X-Forwarded-For", row.before}});
        write_forwarding_fields(fields, trusted(), arena);
        CHECK(fields.find("X-Forwarded-For") == row.after);
    }
    Arena arena;
    auto fields = list({{"X-Forwarded-For", many}, {"X-Forwarded-For", "198.51.100.1"}});
    write_forwarding_fields(fields, trusted(), arena);
    CHECK(fields.find("X-Forwarded-For")->size() <= 2048 + 10);
    CHECK(fields.find("X-Forwarded-For")->ends_with(",1.2.3.4,, 198.51.100.1, 10.0.0.1"));

    std::string const half(1500, 'a');
    std::string const in_quotes = "for=\"_" + half + "," + half + "\", for=203.0.113.9";
    fields = list({{"Forwarded", in_quotes}});
    write_forwarding_fields(fields, trusted(), arena);
    CHECK(fields.find(FieldName::forwarded) == "for=203.0.113.9, for=10.0.0.1;host=\"gate.example\";proto=http");
}

TEST_CASE("what came over TLS is https to the service, whatever an untrusted peer says") {
    auto hop = untrusted();
    hop.scheme = "https";
    auto fields = list({{"X-Forwarded-Proto", "http"}});
    Arena arena;
    write_forwarding_fields(fields, hop, arena);
    CHECK(fields.find("X-Forwarded-Proto") == "https");
    CHECK(fields.find(FieldName::forwarded) == "for=192.0.2.7;host=\"gate.example\";proto=https");
}

}  // namespace tollgate::forwarded_test
