#include "cors/cors.hpp"

#include "settings/document.hpp"
#include "support/fake_services.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::cors_test {
using namespace tollgate::cors;
using tollgate::testing::FakeServices;

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

std::string const app = "https://app.example";
Fields const post_from_app{{"Origin", app}, {"Access-Control-Request-Method", "POST"}};
std::string const preflight_vary = "Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\n";

struct Made {
    FakeServices services;
    std::shared_ptr<settings::Document> document;
    plugin::SlotLayout slots;
    std::unique_ptr<Cors> cors;

    explicit Made(std::string const& yaml) : document(*settings::Document::parse(yaml)) {
        plugin::Setup setup{document->root(), services, slots};
        cors = std::move(*Cors::make(setup));
        document->refuse_unread();
        REQUIRE(document->errors().empty());
    }
};

// One exchange, from a request with `fields`.
struct Asking {
    http::Arena arena;
    http::RequestHead head;
    plugin::Client client;
    plugin::Exchange exchange;
    Cors const& cors;

    Asking(Made const& made, std::string_view method, Fields const& fields)
        : exchange(head, client, made.slots, arena), cors(*made.cors) {
        head.method = method;
        for (auto const& [name, value] : fields) REQUIRE(head.fields.add(arena, name, value));
    }

    // Status and fields, a line each; "passes" when it is left to others.
    std::string preflight() {
        auto const reply = cors.on_preflight(exchange);
        if (!reply) return "passes";
        CHECK(reply->content_type.empty());
        CHECK(reply->body.empty());
        auto lines = std::to_string(reply->status) + "\n";
        for (auto const& [name, value] : reply->fields) lines.append(name).append(": ").append(value).append("\n");
        return lines;
    }

    // The fields of an answer that came with `fields`, once the hook has seen it.
    std::string answered(Fields const& fields) {
        http::ResponseHead answer{.status = 200, .phrase = {}, .fields = {}};
        for (auto const& [name, value] : fields) REQUIRE(answer.fields.add(arena, name, value));
        cors.on_response(exchange, answer);
        std::string lines;
        for (auto const& field : answer.fields) lines.append(field.name).append(": ").append(field.value).append("\n");
        return lines;
    }
};

Fields with(Fields fields, std::string name, std::string value) {
    fields.emplace_back(std::move(name), std::move(value));
    return fields;
}

}  // namespace

TEST_CASE("the plugin is known by its name and asks for no place in the order") {
    auto const type = plugin::plugin_type<Cors>();
    CHECK(type.name == "cors");
    CHECK(type.identity == plugin::IdentityRole::indifferent);
}

TEST_CASE("a preflight of an allowed origin is told what is allowed, of another one nothing") {
    Made const made("{origins: [" + app + ", 'http://localhost:3000'], headers: [Authorization, X-S-*], max_age: 10m}");
    std::string const nothing = "204\n" + preflight_vary;
    auto const granted = [](std::string const& headers, std::string const& method = "POST",
                            std::string const& origin = app) {
        return "204\nAccess-Control-Allow-Origin: " + origin + "\nAccess-Control-Allow-Methods: " + method + "\n" +
               (headers.empty() ? "" : "Access-Control-Allow-Headers: " + headers + "\n") +
               "Access-Control-Max-Age: 600\n" + preflight_vary;
    };
    std::string const asks_method = "Access-Control-Request-Method";
    std::string const asks_headers = "Access-Control-Request-Headers";
    struct Row {
        Fields fields;
        std::string answer;
    };
    for (auto const& [fields, answer] : {
             Row{post_from_app, granted("")},
             Row{{{"Origin", "http://localhost:3000"}, {asks_method, "DELETE"}},
                 granted("", "DELETE", "http://localhost:3000")},
             Row{with(post_from_app, asks_headers, "authorization"), granted("authorization")},
             Row{with(post_from_app, asks_headers, "authorization,x-s-a, X-S-B"),
                 granted("authorization,x-s-a, X-S-B")},
             Row{with(post_from_app, asks_headers, ""), granted("")},
             Row{with(post_from_app, asks_headers, "authorization,x-other"), granted("")},
             Row{with(post_from_app, asks_headers, "*"), granted("")},
             Row{with(with(post_from_app, asks_headers, "authorization"), asks_headers, "x-other"), granted("")},
             Row{with(post_from_app, "Access-Control-Request-Private-Network", "true"), granted("")},
             Row{{{"Origin", "https://evil.example"}, {asks_method, "POST"}}, nothing},
             Row{{{"Origin", "null"}, {asks_method, "POST"}}, nothing},
             Row{{{"Origin", ""}, {asks_method, "POST"}}, nothing},
             Row{{{"Origin", "https://APP.example"}, {asks_method, "POST"}}, nothing},
             Row{{{"Origin", "https://app.example:443"}, {asks_method, "POST"}}, nothing},
             Row{{{"Origin", "https://app.example.evil"}, {asks_method, "POST"}}, nothing},
             Row{{{"Origin", "https://app.exampl"}, {asks_method, "POST"}}, nothing},
             Row{{{"Origin", app}, {asks_method, "*"}}, nothing},
             Row{{{"Origin", app}, {asks_method, "GET, POST"}}, nothing},
             Row{{{"Origin", app}, {asks_method, ""}}, nothing},
         }) {
        CAPTURE(answer);
        CHECK(Asking(made, "OPTIONS", fields).preflight() == answer);
    }
}

TEST_CASE("what is no preflight is left to others") {
    Made const made("origins: [" + app + "]");
    CHECK(Asking(made, "OPTIONS", {}).preflight() == "passes");
    CHECK(Asking(made, "OPTIONS", {{"Origin", app}}).preflight() == "passes");
    CHECK(Asking(made, "OPTIONS", {{"Access-Control-Request-Method", "POST"}}).preflight() == "passes");
    CHECK(Asking(made, "OPTIONS", with(post_from_app, "Origin", app)).preflight() == "passes");
    CHECK(Asking(made, "OPTIONS", with(post_from_app, "Access-Control-Request-Method", "POST")).preflight() ==
          "passes");
    CHECK(Asking(made, "POST", post_from_app).preflight() == "passes");
    CHECK(Asking(made, "options", post_from_app).preflight() == "passes");
}

TEST_CASE("with credentials the preflight says so, and nothing is a star") {
    Made const made("{origins: [" + app + "], credentials: true, headers: all}");
    auto const fields = with(post_from_app, "Access-Control-Request-Headers", "x-any,authorization");
    CHECK(Asking(made, "OPTIONS", fields).preflight() ==
          "204\nAccess-Control-Allow-Origin: https://app.example\nAccess-Control-Allow-Methods: POST\n"
          "Access-Control-Allow-Headers: x-any,authorization\nAccess-Control-Max-Age: 600\n"
          "Access-Control-Allow-Credentials: true\n" +
              preflight_vary);
    auto const starred =
        with({{"Origin", app}, {"Access-Control-Request-Method", "*"}}, "Access-Control-Request-Headers", "*");
    CHECK(Asking(made, "OPTIONS", starred).preflight() == "204\n" + preflight_vary);
}

TEST_CASE("every origin is answered with a star, and headers by their names") {
    Made const made("{origins: '*', headers: all}");
    auto const fields =
        with({{"Origin", "null"}, {"Access-Control-Request-Method", "PUT"}}, "Access-Control-Request-Headers", "x-any");
    CHECK(Asking(made, "OPTIONS", fields).preflight() ==
          "204\nAccess-Control-Allow-Origin: *\nAccess-Control-Allow-Methods: PUT\n"
          "Access-Control-Allow-Headers: x-any\nAccess-Control-Max-Age: 600\n" +
              preflight_vary);
}

TEST_CASE("a preflight's own answer goes out as it is") {
    Made const made("origins: [" + app + "]");
    for (auto const& origin : {app, std::string("https://evil.example")}) {
        Asking asking(made, "OPTIONS", {{"Origin", origin}, {"Access-Control-Request-Method", "POST"}});
        CHECK(asking.preflight() != "passes");
        CHECK(asking.answered({{"Access-Control-Allow-Methods", "POST"}, {"Vary", "X"}}) ==
              "Access-Control-Allow-Methods: POST\nVary: X\n");
    }
}

TEST_CASE("an answer says what is allowed to the origin that asked, and nothing of what the service said") {
    Fields const theirs{{"Content-Type", "text/plain"},
                        {"Access-Control-Allow-Origin", "*"},
                        {"access-control-allow-credentials", "true"},
                        {"ACCESS-CONTROL-Anything-New", "x"},
                        {"Vary", "Accept-Encoding"}};
    std::string const rest = "Content-Type: text/plain\n";
    std::string const varies = "Vary: Accept-Encoding, Origin\n";
    std::string const names = "Access-Control-Expose-Headers: X-One, X-Two\n";
    std::string const allows = "Access-Control-Allow-Origin: " + app + "\n";
    std::string const listed = "origins: [" + app + "], expose: [X-One, X-Two]";
    struct Row {
        std::string yaml;
        Fields request;
        std::string answer;
    };
    for (auto const& [yaml, request, answer] : {
             Row{"{" + listed + "}", {{"Origin", app}}, rest + varies + allows + names},
             Row{"{" + listed + ", credentials: true}",
                 {{"Origin", app}},
                 rest + varies + allows + "Access-Control-Allow-Credentials: true\n" + names},
             Row{"{origins: [" + app + "], expose: []}", {{"Origin", app}}, rest + varies + allows},
             Row{"{" + listed + "}", {{"Origin", "https://evil.example"}}, rest + varies},
             Row{"{" + listed + "}", {{"Origin", "null"}}, rest + varies},
             Row{"{" + listed + "}", {{"Origin", app}, {"Origin", app}}, rest + varies},
             Row{"{" + listed + "}", {}, rest + varies},
             Row{"{}", {{"Origin", app}}, rest + varies},
             Row{"{origins: '*', expose: [X-One]}",
                 {{"Origin", "https://any.example"}},
                 rest +
                     "Vary: Accept-Encoding\nAccess-Control-Allow-Origin: *\nAccess-Control-Expose-Headers: X-One\n"},
             Row{"{origins: '*', expose: []}", {}, rest + "Vary: Accept-Encoding\nAccess-Control-Allow-Origin: *\n"},
         }) {
        CAPTURE(yaml);
        Made const made(yaml);
        CHECK(Asking(made, "GET", request).answered(theirs) == answer);
    }
}

TEST_CASE("by default a page may read the fields that tell it when to come again") {
    Made const made("origins: [" + app + "]");
    CHECK(Asking(made, "GET", {{"Origin", app}}).answered({}) ==
          "Vary: Origin\nAccess-Control-Allow-Origin: https://app.example\n"
          "Access-Control-Expose-Headers: Retry-After, X-Request-Id, x-ratelimit-limit-requests, "
          "x-ratelimit-remaining-requests, x-ratelimit-reset-requests\n");
}

}  // namespace tollgate::cors_test
