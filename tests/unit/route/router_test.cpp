#include "route/router.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>

namespace tollgate::router_test {
using namespace tollgate::route;

namespace {

Router router_of(std::vector<Pattern> const& patterns) {
    auto router = Router::create(patterns);
    REQUIRE(router.has_value());
    return std::move(*router);
}

// "HOST PATTERN" of what was found, "404", or "405 ALLOW".
std::string answer(Router const& router, std::vector<Pattern> const& patterns, std::string_view host,
                   std::string_view method, std::string_view path) {
    auto const found = router.find(host, method, path);
    if (found) return patterns[*found].host + patterns[*found].path;
    if (found.error().miss == Miss::other_spelling) return "400";
    return found.error().miss == Miss::no_route ? "404" : "405 " + found.error().allow;
}

std::vector<std::pair<std::size_t, std::size_t>> conflicts_of(std::vector<Pattern> const& patterns) {
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    auto const router = Router::create(patterns);
    if (router) return pairs;
    for (auto const& [first, second] : router.error()) pairs.emplace_back(first, second);
    return pairs;
}

}  // namespace

TEST_CASE("a path is found by its most specific pattern") {
    std::vector<Pattern> const patterns{
        {"", "/", {}},    {"", "/generate", {}}, {"", "/v1/models/{id}", {}}, {"", "/v1/models/gpt", {}},
        {"", "/x/*", {}}, {"", "/a/{x}/c", {}},  {"", "/a/b/d", {}},          {"", "/v1/*", {}},
        {"", "/t/", {}}};
    auto const router = router_of(patterns);
    std::pair<char const*, char const*> const rows[] = {
        {"/", "/"},
        {"/generate", "/generate"},
        {"/generate/", "404"},
        {"/generat", "404"},
        {"/generated", "404"},
        {"/Generate", "404"},
        {"/v1/models/gpt", "/v1/models/gpt"},
        {"/v1/models/gpt-4", "/v1/models/{id}"},
        {"/v1/models/", "/v1/*"},
        {"/v1/models/a/b", "/v1/*"},
        {"/v1/models", "/v1/*"},
        {"/v1/", "/v1/*"},
        {"/v1", "404"},
        {"/x", "404"},
        {"/x/", "/x/*"},
        {"/x/y/z", "/x/*"},
        {"/a/b/c", "/a/{x}/c"},
        {"/a/b/d", "/a/b/d"},
        {"/a/e/d", "404"},
        {"/a/b", "404"},
        {"/t/", "/t/"},
        {"/t", "404"},
        {"*", "404"},
        {"", "404"},
    };
    for (auto const& [path, expected] : rows) {
        CAPTURE(path);
        CHECK(answer(router, patterns, "h", "GET", path) == expected);
    }
}

TEST_CASE("/* matches everything, and placeholders and stars of a pattern are no literals") {
    std::vector<Pattern> const patterns{{"", "/*", {}}, {"", "/a/{id}", {}}};
    auto const router = router_of(patterns);
    CHECK(answer(router, patterns, "h", "GET", "/") == "/*");
    CHECK(answer(router, patterns, "h", "GET", "/b/c/") == "/*");
    CHECK(answer(router, patterns, "h", "GET", "/a/") == "/*");
    CHECK(answer(router, patterns, "h", "GET", "/a/*") == "/a/{id}");
    CHECK(answer(router, patterns, "h", "GET", "*") == "404");
}

TEST_CASE("a pattern with the host comes before one without, whatever case and port") {
    std::vector<Pattern> const patterns{{"", "/a/b", {}}, {"api.example.com", "/*", {}}, {"[::1]", "/a/b", {}}};
    auto const router = router_of(patterns);
    CHECK(answer(router, patterns, "api.example.com", "GET", "/a/b") == "api.example.com/*");
    CHECK(answer(router, patterns, "API.Example.com:8080", "GET", "/a/b") == "api.example.com/*");
    CHECK(answer(router, patterns, "api.example.com.", "GET", "/a/b") == "api.example.com/*");
    CHECK(answer(router, patterns, "api.example.com.:80", "GET", "/a/b") == "api.example.com/*");
    CHECK(answer(router, patterns, "[::1]:8080", "GET", "/a/b") == "[::1]/a/b");
    CHECK(answer(router, patterns, "[::1]", "GET", "/a/b") == "[::1]/a/b");
    CHECK(answer(router, patterns, "example.com", "GET", "/a/b") == "/a/b");
    CHECK(answer(router, patterns, "xapi.example.com", "GET", "/c") == "404");
    CHECK(answer(router, patterns, "", "GET", "/a/b") == "/a/b");
}

TEST_CASE("the most specific pattern that admits the method wins, and 405 is for paths that no pattern admits it for") {
    std::vector<Pattern> const patterns{
        {"", "/a/b", {"POST"}}, {"", "/a/{x}", {"GET"}}, {"h", "/a/*", {"PUT"}}, {"", "/p", {}}};
    auto const router = router_of(patterns);
    CHECK(answer(router, patterns, "h", "POST", "/a/b") == "/a/b");
    CHECK(answer(router, patterns, "h", "GET", "/a/b") == "/a/{x}");
    CHECK(answer(router, patterns, "h", "HEAD", "/a/b") == "/a/{x}");
    CHECK(answer(router, patterns, "h", "PUT", "/a/b") == "h/a/*");
    CHECK(answer(router, patterns, "h", "DELETE", "/a/b") == "405 GET, HEAD, POST, PUT");
    CHECK(answer(router, patterns, "g", "PUT", "/a/b") == "405 GET, HEAD, POST");
    CHECK(answer(router, patterns, "g", "POST", "/a/c") == "405 GET, HEAD");
    CHECK(answer(router, patterns, "g", "get", "/a/c") == "405 GET, HEAD");
    CHECK(answer(router, patterns, "g", "PUT", "/b") == "404");
}

TEST_CASE("a pattern without methods admits all but CONNECT and TRACE") {
    std::vector<Pattern> const patterns{{"", "/", {}}};
    auto const router = router_of(patterns);
    for (char const* const method : {"GET", "HEAD", "POST", "OPTIONS", "PROPFIND"})
        CHECK(router.find("h", method, "/").has_value());
    CHECK(answer(router, patterns, "h", "trace", "/").starts_with("405 "));
    CHECK(answer(router, patterns, "h", "Connect", "/").starts_with("405 "));
    CHECK(answer(router, patterns, "h", "TRACE", "/") == "405 DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
    CHECK(answer(router, patterns, "h", "CONNECT", "/") == "405 DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
}

TEST_CASE("patterns that match the same requests equally well are in conflict") {
    using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;
    struct Row {
        std::vector<Pattern> patterns;
        Pairs conflicts;
    };
    Row const rows[] = {
        {{{"", "/a", {"GET"}}, {"", "/a", {"POST"}}}, {}},
        {{{"", "/a", {"GET"}}, {"", "/a", {"POST", "GET"}}}, {{0, 1}}},
        {{{"", "/a", {"GET"}}, {"", "/a", {"HEAD"}}}, {{0, 1}}},
        {{{"", "/a", {"HEAD"}}, {"", "/a", {"GET"}}}, {{0, 1}}},
        {{{"", "/a", {}}, {"", "/a", {"POST"}}}, {{0, 1}}},
        {{{"", "/a", {"POST"}}, {"", "/a", {}}}, {{0, 1}}},
        {{{"", "/a", {"TRACE"}}, {"", "/a", {}}}, {}},
        {{{"", "/a", {}}, {"", "/b", {}}, {"", "/a", {}}, {"", "/a", {}}}, {{0, 2}, {0, 3}, {2, 3}}},
        {{{"", "/{a}/x", {}}, {"", "/{b}/x", {}}}, {{0, 1}}},
        {{{"", "/{a}", {}}, {"", "/*", {}}}, {}},
        {{{"", "/a/{x}", {}}, {"", "/{x}/b", {}}}, {}},
        {{{"", "/a", {}}, {"", "/a/", {}}, {"", "/a/*", {}}}, {}},
        {{{"h", "/a", {}}, {"", "/a", {}}}, {}},
        {{{"h", "/a", {}}, {"H:80", "/a", {}}}, {{0, 1}}},
    };
    for (auto const& row : rows) {
        CAPTURE(row.patterns[0].path);
        CAPTURE(row.patterns[1].path);
        CHECK(conflicts_of(row.patterns) == row.conflicts);
    }
}

TEST_CASE("an empty router knows no route") {
    auto const router = router_of({});
    CHECK(answer(router, {}, "h", "GET", "/") == "404");
}

TEST_CASE("conflicts are bounded") {
    std::vector<Pattern> const patterns(200, Pattern{"", "/a", {}});
    CHECK(conflicts_of(patterns).size() == 1000);
}

namespace {

// The rules again, the slow way: every pattern is tried, and the ranks of its segments are compared.
struct Slow {
    std::vector<Pattern> const& patterns;

    static std::vector<std::string> segments(std::string_view path) {
        std::vector<std::string> all;
        while (!path.empty()) {
            auto const end = std::min(path.find('/', 1), path.size());
            all.emplace_back(path.substr(1, end - 1));
            path.remove_prefix(end);
        }
        return all;
    }

    // One digit a segment, the smaller the more specific; nothing when it does not match.
    static std::optional<std::string> rank(Pattern const& pattern, std::string const& host, std::string const& path) {
        if (!pattern.host.empty() && pattern.host != host) return std::nullopt;
        std::string rank = pattern.host.empty() ? "1" : "0";
        auto const wanted = segments(pattern.path);
        auto const given = segments(path);
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            if (i >= given.size()) return std::nullopt;
            if (wanted[i] == "*") return rank + '2';
            if (wanted[i].starts_with('{') ? given[i].empty() : wanted[i] != given[i]) return std::nullopt;
            rank += wanted[i].starts_with('{') ? '1' : '0';
        }
        return wanted.size() == given.size() ? std::optional(rank) : std::nullopt;
    }

    static bool admits(Pattern const& pattern, std::string const& method) {
        auto const names = [&](char const* name) {
            return std::ranges::find(pattern.methods, name) != pattern.methods.end();
        };
        return pattern.methods.empty() || names(method.c_str()) || (method == "HEAD" && names("GET"));
    }

    [[nodiscard]] std::string answer(std::string const& host, std::string const& method,
                                     std::string const& path) const {
        std::map<std::string, std::string> admitted;
        bool matched = false;
        for (auto const& pattern : patterns) {
            auto const found = rank(pattern, host, path);
            if (!found) continue;
            matched = true;
            if (admits(pattern, method)) admitted.emplace(*found, pattern.host + pattern.path);
        }
        if (!admitted.empty()) return admitted.begin()->second;
        return matched ? "405" : "404";
    }
};

std::string random_path(std::mt19937& random, std::vector<std::string> const& words, bool pattern) {
    std::string path;
    auto const depth = 1 + random() % 4;
    for (std::size_t i = 0; i < depth; ++i) {
        auto const choice = random() % (pattern ? words.size() + 2 : words.size());
        bool const last = i + 1 == depth;
        path += '/';
        if (choice < words.size()) path += words[choice];
        else if (choice == words.size() || !last) path += "{p" + std::to_string(i) + "}";
        else path += "*";
    }
    return path;
}

}  // namespace

TEST_CASE("random patterns in random order give the answers of the rules") {
    std::mt19937 random(20240607);  // the same every run
    std::vector<std::string> const words{"a", "b", "c"};
    std::vector<std::string> const hosts{"", "h", "i"};
    std::vector<std::string> const methods{"GET", "POST", "PUT"};
    int found = 0;
    for (int round = 0; round < 200; ++round) {
        std::vector<Pattern> patterns;
        while (patterns.size() < 25) {
            patterns.push_back({hosts[random() % 3], random_path(random, words, true), {methods[random() % 3]}});
            if (!Router::create(patterns)) patterns.pop_back();
        }
        auto const router = router_of(patterns);
        auto shuffled = patterns;
        std::ranges::shuffle(shuffled, random);
        auto const other = router_of(shuffled);
        for (int i = 0; i < 50; ++i) {
            auto const host = hosts[1 + random() % 2];
            auto const method = random() % 4 == 0 ? "HEAD" : methods[random() % 3];
            auto const path = random_path(random, words, false) + (random() % 8 == 0 ? "/" : "");
            CAPTURE(host);
            CAPTURE(method);
            CAPTURE(path);
            auto const got = answer(router, patterns, host, method, path);
            CHECK(got == answer(other, shuffled, host, method, path));
            CHECK(got.substr(0, got.starts_with("405") ? 3 : got.size()) == Slow{patterns}.answer(host, method, path));
            found += got.starts_with("40") ? 0 : 1;
        }
    }
    CHECK(found > 1000);
}

TEST_CASE("a path that makes every segment ambiguous is answered within the size of the tree") {
    std::vector<Pattern> patterns;
    // Every pair of literal and placeholder at twelve places: 4,096 patterns that all begin to match.
    for (unsigned bits = 0; bits < 4096; ++bits) {
        std::string path;
        for (unsigned i = 0; i < 12; ++i) path += (bits >> i & 1) != 0 ? "/{p" + std::to_string(i) + "}" : "/a";
        patterns.push_back({"", path + "/end", {}});
    }
    auto const router = router_of(patterns);
    std::string path;
    for (int i = 0; i < 12; ++i) path += "/a";
    CHECK(answer(router, patterns, "h", "GET", path + "/no") == "404");
    CHECK(answer(router, patterns, "h", "GET", path + "/end") == path + "/end");
}

TEST_CASE("a path that is another pattern's in another spelling is nobody's") {
    std::vector<Pattern> const patterns{
        {"", "/v1/*", {}},        {"", "/v1/models/gemini:generate", {"POST"}},
        {"", "/v1/{id}", {}},     {"", "/v1/a%3Ab", {}},
        {"", "/only:one", {}},    {"", "/v1/models/x;y", {}},
        {"h", "/v1/h:admin", {}}, {"", "/p%3Aq/*", {}},
        {"", "/p:q/x:y", {}},
    };
    auto const router = router_of(patterns);
    auto const ask = [&](std::string_view path, std::string_view method = "POST", std::string_view host = "a") {
        return answer(router, patterns, host, method, path);
    };
    CHECK(ask("/v1/models/gemini:generate") == "/v1/models/gemini:generate");
    CHECK(ask("/v1/models/gemini%3Agenerate") == "400");
    CHECK(ask("/v1/models/gemini:generate;x") == "400");
    CHECK(ask("/v1/models/gemini%3Agenerate%3Bx") == "400");
    CHECK(ask("/v1;x/models/gemini:generate") == "404");
    CHECK(ask("/v1/models;x/gemini:generate") == "400");
    CHECK(ask("/v1/models/gemini%3Agenerate", "GET") == "/v1/*");  // for GET there is no other
    CHECK(ask("/v1/h%3Aadmin") == "/v1/{id}");
    CHECK(ask("/v1/h%3Aadmin", "POST", "h") == "400");
    // What no other pattern admits is as it was.
    CHECK(ask("/v1/me%40example.com") == "/v1/{id}");
    CHECK(ask("/v1/me%40example.com/x%3Ay;z") == "/v1/*");
    CHECK(ask("/v1/a%3Ab") == "/v1/a%3Ab");
    CHECK(ask("/v1/a:b") == "400");  // the pattern is that of this path, in another spelling
    CHECK(ask("/v1/models/gemini:generate%3Fx/y") == "400");
    CHECK(ask("/v1/models/gemini:generate%23x") == "400");
    CHECK(ask("/only%3Aone") == "404");
    CHECK(ask("/v1/models/x;y") == "/v1/models/x;y");
    CHECK(ask("/v1/models/x%3By") == "400");
    CHECK(ask("/v1/models/gemini:generate%20") == "400");
    CHECK(ask("/v1/models/gemini:generate%20x") == "/v1/*");
    // What a pattern leaves open is looked at, however the rest of it is written.
    CHECK(ask("/p%3Aq/x%3Ay") == "400");
    CHECK(ask("/p%3Aq/z") == "/p%3Aq/*");
}

TEST_CASE(
    "of a path and a pattern that mean the same characters, written or escaped, the one never passes the other by") {
    for (unsigned byte = 0x21; byte < 0x7f; ++byte) {
        char const meant = static_cast<char>(byte);
        if (std::string_view("%/\\?#").contains(meant)) continue;  // which never arrive as they are
        constexpr std::string_view digits = "0123456789ABCDEF";
        auto const hex = std::string("%") + digits[byte / 16] + digits[byte % 16];
        std::vector<Pattern> const patterns{{"", "/*", {}}, {"", "/{id}", {}}, {"", "/x" + hex + "y", {}}};
        auto const router = router_of(patterns);
        CAPTURE(hex);
        CHECK(answer(router, patterns, "h", "GET", "/x" + hex + "y") == patterns[2].path);
        CHECK(answer(router, patterns, "h", "GET", std::string("/x") + meant + "y") == "400");
        CHECK(answer(router, patterns, "h", "GET", std::string("/z") + meant + "y") == "/{id}");
        CHECK(answer(router, patterns, "h", "GET", std::string("/x") + meant + "y/z") == "/*");
    }
    std::vector<Pattern> const both{
        {"", "/*", {}}, {"", "/m:g", {}}, {"", "/m%3Ag", {}}, {"", "/p:q/*", {}}, {"", "/p%3Aq/*", {}}};
    for (std::string_view const path : {"/m:g", "/m%3Ag", "/p:q/", "/p%3Aq/"}) {
        CAPTURE(path);
        CHECK(answer(router_of(both), both, "h", "GET", path).starts_with(path));
    }
    std::vector<Pattern> const braces{{"", "/{id}/*", {}}, {"", "/%7Bid%7D/%2A", {}}};
    auto const router = router_of(braces);
    CHECK(answer(router, braces, "h", "GET", "/a/b") == "/{id}/*");
    CHECK(answer(router, braces, "h", "GET", "/{id}/*") == "400");
}

}  // namespace tollgate::router_test
