#include "settings/document.hpp"
#include "unit/settings/support.hpp"

#include <doctest/doctest.h>

#include <memory>

namespace tollgate::node_test {
using namespace tollgate::settings;
using namespace tollgate::settings::testing;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<Document> document_of(std::string_view text, Table table = {}) {
    auto document = Document::parse(text, "t.yaml", environment_of(std::move(table)));
    REQUIRE(document.has_value());
    return *document;
}

}  // namespace

TEST_CASE("scalars are read by type and without errors") {
    auto const document =
        document_of("{t: text, q: '5', b: true, i: -7, d: 90s, n: none, s: 64KiB, w: two, l: [a, b]}");
    auto const root = document->root();
    CHECK(root["t"].text() == "text");
    CHECK(root["t"].secret().reveal() == "text");
    CHECK(root["q"].integer(0, {0, 9}) == 5);
    CHECK(root["b"].boolean(false));
    CHECK(root["i"].integer(0, {}) == -7);
    CHECK(root["d"].duration(0ms, {}) == 90s);
    CHECK(root["d"].timeout(1s, {}) == std::optional<std::chrono::milliseconds>(90s));
    CHECK(root["n"].timeout(1s, {}) == std::nullopt);
    CHECK(root["s"].size_bytes(0, {}) == 65'536);
    CHECK(root["w"].one_of({"one", "two"}, 0) == 1);
    CHECK(root["l"].texts() == std::vector<std::string>{"a", "b"});
    CHECK(root["t"].texts() == std::vector<std::string>{"text"});
    CHECK(lines(document->errors()).empty());
}

TEST_CASE("a block that is absent gives every fallback, however deep, and no error") {
    auto const document = document_of("listen: x");
    auto const block = document->at("plugins.auth");
    CHECK_FALSE(block.present());
    CHECK(block["a"]["b"].text("fallback") == "fallback");
    CHECK(block["a"].integer(7, {0, 1}) == 7);
    CHECK(block["a"].boolean(true));
    CHECK(block["a"].duration(5s, {}) == 5s);
    CHECK(block["a"].timeout(std::nullopt, {}) == std::nullopt);
    CHECK(block["a"].one_of({"x"}, 0) == 0);
    CHECK(block["a"].secret().empty());
    CHECK(block["a"].texts().empty());
    CHECK(block["a"].shown().empty());
    CHECK(block.entries().empty());
    CHECK(block.items().empty());
    CHECK(block.path() == "plugins.auth");
    CHECK(lines(document->errors()).empty());
}

TEST_CASE("what an absent block must have is reported once, at the nearest block that is there") {
    auto const document = document_of("plugins:\n  limit: {}\n");
    auto const tokens = document->at("plugins.auth").required("tokens");
    CHECK(tokens.required("secret").secret().empty());
    tokens["secret"].fail("too short");
    CHECK(lines(document->errors()) == "t.yaml:2:3: missing key `plugins.auth.tokens`\n");
}

TEST_CASE("an empty block is a map without entries") {
    auto const document = document_of("auth:\nnext: 1\n");
    auto const block = document->root()["auth"];
    CHECK(block.present());
    CHECK(block.entries().empty());
    CHECK_FALSE(block["a"].present());
    CHECK(lines(document->errors()).empty());
    CHECK_FALSE(block.required("b").present());
    CHECK(lines(document->errors()) == "t.yaml:1:1: missing key `b`\n");
}

TEST_CASE("one wrong value gives one error, and reading goes on") {
    auto const document = document_of("a: [1]\nb: {c: x}\n");
    auto const root = document->root();
    CHECK(root["a"].text("fallback") == "fallback");
    CHECK(root["a"].integer(3, {}) == 3);
    root["a"].fail("again");
    CHECK_FALSE(root["a"]["key"].present());
    CHECK(root["b"]["c"].integer(4, {0, 9}) == 4);
    CHECK(lines(document->errors()) ==
          "t.yaml:1:4: expected a single value, found a list\n"
          "t.yaml:2:8: expected a whole number from 0 to 9, found `x`\n");
}

TEST_CASE("errors are sorted by position and each stands once") {
    auto const document = document_of("a: 1\nb: 2\n");
    document->root()["b"].fail("second");
    document->root()["a"].fail("first");
    document->root()["a"].fail("first");
    CHECK(lines(document->errors()) == "t.yaml:1:4: first\nt.yaml:2:4: second\n");
}

TEST_CASE("a thousand errors are a hundred and a count") {
    std::string text = "a: [";
    for (int i = 0; i < 1000; ++i) text += "!x y, ";
    auto const errors = document_of(text + "]")->errors();
    REQUIRE(errors.size() == Document::most_errors + 1);
    CHECK(errors.back().line() == "t.yaml: and 900 more errors");
}

TEST_CASE("keys that nobody asked for are unknown, and the word that was meant is named") {
    auto const document = document_of("a: {known: 1, knwon: 2, z: 3}\nb: {c: 1}\nd: {e: 1}\nf: {g: 1}\n");
    auto const root = document->root();
    CHECK(root["a"]["known"].present());
    CHECK(root["b"].present());
    root["d"].fail("no such block");
    CHECK(root["f"].text().empty());
    document->refuse_unread();
    CHECK(lines(document->errors()) ==
          "t.yaml:1:15: unknown key `knwon`: did you mean `known`?\n"
          "t.yaml:1:25: unknown key `z`\n"
          "t.yaml:2:5: unknown key `c`\n"
          "t.yaml:3:4: no such block\n"
          "t.yaml:4:4: expected a single value, found a map\n");
}

TEST_CASE("the keys that were asked for are known as patterns") {
    auto const document = document_of("ups: {ai: {url: x}}\nlist: [{p: 1}, {q: 2}]\n");
    auto const root = document->root();
    for (auto const& [name, node] : root["ups"].entries()) {
        CHECK(name == "ai");
        CHECK(node["url"].path() == "ups.ai.url");
    }
    for (auto const& node : root["list"].items()) CHECK_FALSE(node["r"].present());
    CHECK(root["list"].items()[1]["q"].path() == "list[1].q");
    CHECK(document->keys_asked() ==
          std::map<std::string, bool>{
              {"ups", true}, {"ups.*.url", true}, {"list", true}, {"list[].r", false}, {"list[].q", true}});
}

TEST_CASE("variables are replaced inside values, several in one, once") {
    Table const table{{"A", "one"}, {"B", "${A}"}, {"EMPTY", ""}, {"YAML", "x: [1] # {"}};
    std::pair<char const*, char const*> const rows[] = {
        {"${A}", "one"},           {"x-${A}-${B}-y", "x-one-${A}-y"},
        {"${NONE:-two}", "two"},   {"${EMPTY:-two}", "two"},
        {"${A:-two}", "one"},      {"[${EMPTY}]", "[]"},
        {"${NONE:-}", ""},         {"$${A}", "${A}"},
        {"$${A}${A}", "${A}one"},  {"$A $ $$ {A}", "$A $ $$ {A}"},
        {"${YAML}", "x: [1] # {"}, {"${NONE:-a:-b}", "a:-b"},
    };
    for (auto const& [text, expected] : rows) {
        CAPTURE(text);
        auto const document = document_of("v: '" + std::string(text) + "'", table);
        CHECK(document->root()["v"].text() == expected);
        CHECK(lines(document->errors()).empty());
    }
}

TEST_CASE("a substituted value is shown by its name, alone and in errors") {
    auto const document = document_of("v: 'Bearer ${KEY} ${OTHER:-x}'\nl: $${A}\n", {{"KEY", "hunter2"}});
    auto const node = document->root()["v"];
    CHECK(node.text() == "Bearer hunter2 x");
    CHECK(node.secret().reveal() == "Bearer hunter2 x");
    CHECK(node.shown() == "Bearer ${KEY} ${OTHER}");
    CHECK(node.sources() == "KEY: environment (set); OTHER: environment, default");
    CHECK(node.integer(1, {}) == 1);
    CHECK(lines(document->errors()) == "t.yaml:1:4: expected a whole number, found `Bearer ${KEY} ${OTHER}`\n");
    CHECK(document->root()["l"].shown() == "${A}");
    CHECK(document->root()["l"].sources().empty());
}

TEST_CASE("a variable that is missing is an error, also where nobody reads it, and gives no second one") {
    Folder const folder;
    auto const environment = environment_of({}, {folder.path()});
    auto const document = Document::parse("v: ${KEY}\nw: 'a ${OTHER:-b}'\n", "t.yaml", environment);
    REQUIRE(document.has_value());
    CHECK((*document)->root()["v"].integer(5, {0, 9}) == 5);
    (*document)->root()["v"].fail("too short");
    CHECK(lines((*document)->errors()) == "t.yaml:1:4: the variable KEY is not set (looked in: environment, " +
                                              (folder.path() / ".env").string() + " (not found))\n");
}

TEST_CASE("a long wrong value is cut, and controls do not reach the terminal") {
    auto const document = document_of("v: \"\\e[31m" + std::string(100, 'x') + "\"");
    CHECK(document->root()["v"].integer(0, {}) == 0);
    CHECK(lines(document->errors()) ==
          "t.yaml:1:4: expected a whole number, found `?[31m" + std::string(55, 'x') + "...`\n");
}

TEST_CASE("a file of more than 1 MiB is refused unread") {
    auto const parsed = Document::parse(std::string(1024 * 1024 + 1, '#'));
    REQUIRE_FALSE(parsed.has_value());
    CHECK(lines(parsed.error()) == "test.yaml: is larger than 1 MiB\n");
}

TEST_CASE("nesting that would exhaust the parser's stack is refused") {
    for (char const* const bracket : {"[", "{a: ", "- ", "? "}) {
        std::string text;
        while (text.size() < 500'000) text += bracket;
        auto const parsed = Document::parse(text);
        CHECK_FALSE(parsed.has_value());
    }
}

}  // namespace tollgate::node_test
