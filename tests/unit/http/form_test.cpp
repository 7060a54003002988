#include "http/form.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace tollgate::form_test {
using namespace tollgate::http;
using namespace std::literals;

namespace {

constexpr auto part_begin = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n"sv;

errc error_of(Result<Form> const& form) { return form ? errc{} : errc_of(form.error(), errc::internal_error); }

// A part of the boundary `b` with these header lines and this value, and the end of the form.
std::string one_part(std::string_view lines, std::string_view value = "v") {
    return "--b\r\n" + std::string(lines) + "\r\n\r\n" + std::string(value) + "\r\n--b--\r\n";
}

}  // namespace

TEST_CASE("an urlencoded form is names and values") {
    auto const form = Form::read_urlencoded("username=a%40b.c&password=p+q%2B%26%3d%C3%a4&&empty=&alone&x=1=2");
    REQUIRE(form);
    CHECK(form->size() == 5);
    CHECK(form->find("username") == "a@b.c");
    CHECK(form->find("password") == "p q+&=\xc3\xa4");
    CHECK(form->find("empty") == "");
    CHECK(form->find("alone") == "");
    CHECK(form->find("x") == "1=2");
    CHECK(form->find("user") == std::nullopt);
    CHECK(form->find("") == std::nullopt);
}

TEST_CASE("an empty body is a form without fields") {
    REQUIRE(Form::read_urlencoded(""));
    CHECK(Form::read_urlencoded("")->size() == 0);
    CHECK(Form::read_urlencoded("&&")->size() == 0);
}

TEST_CASE("names are decoded before they are compared") {
    auto const form = Form::read_urlencoded("p%61ss+word=x");
    REQUIRE(form);
    CHECK(form->find("pass word") == "x");
    CHECK(error_of(Form::read_urlencoded("a=1&%61=2")) == errc::bad_form);
}

TEST_CASE("a form passes every byte through, NUL and broken UTF-8 too") {
    auto const form = Form::read_urlencoded("a=%00%ff\xfe%0d%0a");
    REQUIRE(form);
    CHECK(form->find("a") == "\0\xff\xfe\r\n"sv);
}

TEST_CASE("a malformed urlencoded form is refused") {
    for (auto const body :
         {"a=%"sv, "a=%4"sv, "a=%4&b=1"sv, "a=%zz"sv, "a=% 1"sv, "%=1"sv, "a=1&a=2"sv, "a&a"sv, "=1&=2"sv}) {
        CAPTURE(body);
        CHECK(error_of(Form::read_urlencoded(body)) == errc::bad_form);
    }
}

TEST_CASE("a form has at most 32 fields") {
    std::string body;
    for (int i = 0; i < 32; ++i) body += "f" + std::to_string(i) + "=x&";
    REQUIRE(Form::read_urlencoded(body));
    CHECK(Form::read_urlencoded(body)->size() == 32);
    CHECK(error_of(Form::read_urlencoded(body + "more=x")) == errc::bad_form);

    std::string parts;
    for (int i = 0; i < 32; ++i)
        parts += "--b\r\nContent-Disposition: form-data; name=f" + std::to_string(i) + "\r\n\r\nx\r\n";
    CHECK(Form::read_multipart(parts + "--b--", "b"));
    CHECK(error_of(Form::read_multipart(parts + std::string(part_begin) + "x\r\n--b--", "b")) == errc::bad_form);
}

TEST_CASE("a multipart form is names and values") {
    constexpr auto body =
        "--x-y\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\na@b.c\r\n"
        "--x-y\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-disposition: "
        "FORM-DATA;name=\"pass\\\"word\"\r\n\r\np\r\n--x\r\n\r\n"
        "--x-y\r\nContent-Disposition: form-data; name=empty\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\r\n--x-y--\r\n"sv;
    auto const form = Form::read_multipart(body, "x-y");
    REQUIRE(form);
    CHECK(form->size() == 3);
    CHECK(form->find("username") == "a@b.c");
    CHECK(form->find("pass\"word") == "p\r\n--x\r\n");
    CHECK(form->find("empty") == "");
    CHECK(Form::read_multipart(body.substr(0, body.size() - 2), "x-y"));  // without the last line end
}

TEST_CASE("a multipart form that is cut anywhere is refused") {
    auto const body = one_part("Content-Disposition: form-data; name=\"a\"");
    for (std::size_t length = 0; length < body.size() - 2; ++length) {
        CAPTURE(length);
        CHECK(error_of(Form::read_multipart(std::string_view(body).substr(0, length), "b")) == errc::bad_form);
    }
    CHECK(Form::read_multipart(body, "b"));
}

TEST_CASE("a part that is a file, or that is unclear, is refused") {
    for (auto const lines : {
             "Content-Type: text/plain"sv,
             "Content-Disposition: form-data"sv,
             "Content-Disposition: form-data;"sv,
             "Content-Disposition: attachment; name=\"a\""sv,
             "Content-Disposition: form-data; name=\"a\"; filename=\"x\""sv,
             "Content-Disposition: form-data; filename=x; name=\"a\""sv,
             "Content-Disposition: form-data; name=\"a\"; FileName=\"\""sv,
             "Content-Disposition: form-data; name=\"a\"; filename*=UTF-8''x"sv,
             "Content-Disposition: form-data; name*=UTF-8''a"sv,
             "Content-Disposition: form-data; name=\"a\"; name=\"b\""sv,
             "Content-Disposition: form-data; name=\"a"sv,
             "Content-Disposition: form-data; name="sv,
             "Content-Disposition: form-data; name=a b"sv,
             "Content-Disposition: form-data name=a"sv,
             "Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b"sv,
             "Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64"sv,
             "Content-Disposition : form-data; name=a"sv,
             "Content-Disposition: form-data;\r\n name=a"sv,
             "Content-Disposition: form-data; name=a\nX: y"sv,
             "Content-Disposition: form-data; name=a\r\nA:\r\nB:\r\nC:\r\nD:\r\nE:\r\nF:\r\nG:\r\nH:"sv,
         }) {
        CAPTURE(lines);
        CHECK(error_of(Form::read_multipart(one_part(lines), "b")) == errc::bad_form);
    }
    CHECK(Form::read_multipart(
        one_part("Content-Disposition: form-data; name=a\r\nA:\r\nB:\r\nC:\r\nD:\r\nE:\r\nF:\r\nG:"), "b"));
}

TEST_CASE("boundaries stand exactly where they belong") {
    auto const part = std::string(part_begin);
    for (auto const& body : {
             std::string(), "--b--"s + "x", "--b"s, "--b\r\n"s,
             "\r\n" + part + "v\r\n--b--\r\n",  // a preamble
             "preamble\r\n" + part + "v\r\n--b--\r\n", part + "v\r\n--b--\r\nepilogue", part + "v\r\n--b--\r\n\r\n",
             part + "v\n--b--\r\n",  // bare LF
             part + "v\r\n--b --\r\n", part + "v\r\n--b \r\n", part + "v\r\n--bc\r\n\r\n--b--", part + "v\r\n--b\n",
             part + "v\r\n--b-\r\n", part + "v", part + "v\r\n--b\r\n",
             part + "v\r\n" + part + "w\r\n--b--",  // a repeated name
         }) {
        CAPTURE(body);
        CHECK(error_of(Form::read_multipart(body, "b")) == errc::bad_form);
    }
    CHECK(Form::read_multipart("--b--", "b"));
    CHECK(error_of(Form::read_multipart("----", "")) == errc::bad_form);
    CHECK(error_of(Form::read_multipart("--b\n--", "b\n")) == errc::bad_form);
}

TEST_CASE("the content type chooses how a form is read") {
    CHECK(Form::read("application/x-www-form-urlencoded", "a=1")->find("a") == "1");
    CHECK(Form::read("Application/X-WWW-Form-Urlencoded ; charset=utf-8", "a=1")->find("a") == "1");
    auto const body = one_part("Content-Disposition: form-data; name=\"a\"", "1");
    for (auto const type :
         {"multipart/form-data; boundary=b"sv, "multipart/form-data;charset=utf-8; BOUNDARY=\"b\" "sv}) {
        CAPTURE(type);
        auto const form = Form::read(type, body);
        REQUIRE(form);
        CHECK(form->find("a") == "1");
    }
}

TEST_CASE("another content type, or one without a boundary, is not supported") {
    for (auto const type :
         {""sv, "text/plain"sv, "application/json"sv, "application/x-www-form-urlencoded2"sv, "multipart/form-data"sv,
          "multipart/form-data;"sv, "multipart/form-data; boundary"sv, "multipart/form-data; boundary="sv,
          "multipart/form-data; boundary=\"\""sv, "multipart/form-data; boundary=\"a \""sv,
          "multipart/form-data; boundary=\"a\xc3\xa4\""sv, "multipart/form-data; boundary=\"a\\\"b\""sv,
          "multipart/form-data; boundary=a; boundary=b"sv, "multipart/form-data, boundary=b"sv,
          "multipart/mixed; boundary=b"sv}) {
        CAPTURE(type);
        CHECK(error_of(Form::read(type, "--b--")) == errc::unsupported_media_type);
    }
    CHECK(Form::read("multipart/form-data; boundary=" + std::string(70, 'x'), "--" + std::string(70, 'x') + "--"));
    CHECK(error_of(Form::read("multipart/form-data; boundary=" + std::string(71, 'x'),
                              "--" + std::string(71, 'x') + "--")) == errc::unsupported_media_type);
}

TEST_CASE("a media type is compared in lower case and without parameters") {
    CHECK(media_type("Application/JSON; charset=utf-8") == "application/json");
    CHECK(media_type(" text/plain ") == "text/plain");
    CHECK(media_type("").empty());
    CHECK(media_type(";").empty());
}

TEST_CASE("a form moves with its values") {
    auto form = Form::read_urlencoded("a=1");
    REQUIRE(form);
    Form moved = std::move(*form);
    CHECK(moved.find("a") == "1");
    Form assigned;
    assigned = std::move(moved);
    CHECK(assigned.find("a") == "1");
}

}  // namespace tollgate::form_test
