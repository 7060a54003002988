#include "cors/origin.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tollgate::origin_test {
using tollgate::cors::origin_error;

TEST_CASE("an origin is fine when it is what a browser sends") {
    for (auto const* const text :
         {"https://app.example", "http://localhost:3000", "http://127.0.0.1:8080", "https://a.b-c.example:8443",
          "http://[::1]:5173", "http://[2001:db8::1]", "https://xn--bcher-kva.example", "http://example:443",
          "https://example:80", "capacitor://localhost", "app://obsidian.md", "chrome-extension://abcdefghijklmnop",
          "http://my_container:65535", "https://1.example", "http://a"}) {
        CAPTURE(text);
        CHECK_FALSE(origin_error(text));
    }
}

TEST_CASE("an origin that is written otherwise is refused, and told how to be written") {
    struct Row {
        std::string text;
        std::string right;
    };
    for (auto const& [text, right] :
         {Row{"https://app.example/", "https://app.example"}, Row{"https://app.example/login", "https://app.example"},
          Row{"https://app.example?x", "https://app.example"}, Row{"HTTPS://app.example", "https://app.example"},
          Row{"https://App.Example", "https://app.example"}, Row{"https://app.example:443", "https://app.example"},
          Row{"http://app.example:80/", "http://app.example"}, Row{"http://a:03000", "http://a:3000"},
          Row{"http://[0:0::1]:3000", "http://[::1]:3000"}, Row{"http://[2001:DB8::1]", "http://[2001:db8::1]"}}) {
        CAPTURE(text);
        CHECK(origin_error(text) == "write `" + right +
                                        "`: browsers send scheme and host in lower case, without path, slash at the "
                                        "end or default port");
    }
}

TEST_CASE("what is no origin at all is refused") {
    for (std::string const text : {"",
                                   "app.example",
                                   "localhost:3000",
                                   "//app.example",
                                   "https:app.example",
                                   "https://",
                                   "https:///x",
                                   "://a",
                                   "https://a b",
                                   "https://user@app.example",
                                   "https://user:pw@app.example",
                                   "https://a:",
                                   "https://a:0",
                                   "https://a:65536",
                                   "https://a:x",
                                   "https://a:1:2",
                                   "https://a..b",
                                   "https://.a",
                                   "https://-a",
                                   "https://b\xc3\xbc"
                                   "cher.example",
                                   "1http://a",
                                   "ht_tp://a",
                                   "http://[::1",
                                   "http://::1",
                                   "http://[::1]x",
                                   "http://[x]",
                                   "http://[::ffff:192.0.2.1]",
                                   "http://[fe80::1%lo]",  // a zone of this machine, and one that it does not have
                                   "http://[fe80::1%none]",
                                   "http://1.2.3",
                                   "http://1.2.3.256",
                                   "http://01.2.3.4",
                                   "file://",
                                   "https://a%41",
                                   "all"}) {
        CAPTURE(text);
        CHECK(origin_error(text) == "`" + text +
                                        "` is no origin: write scheme://host or scheme://host:port, such as "
                                        "https://app.example or http://localhost:3000");
    }
}

TEST_CASE("neither null nor a wildcard stands for an origin") {
    CHECK(origin_error("null") ==
          "`null` is what a browser sends for every page without an origin of its own, so anybody's: write an origin "
          "such as https://app.example");
    for (std::string const text : {"*", "https://*", "https://*.example", "*://app.example", "https://app.example:*"}) {
        CAPTURE(text);
        CHECK(origin_error(text) == "`" + text +
                                        "` is no origin: `*` stands alone, for every origin there is; write each one, "
                                        "such as https://app.example");
    }
}

}  // namespace tollgate::origin_test
