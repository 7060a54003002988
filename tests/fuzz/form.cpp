// A Content-Type in the first line and the body of a login: forms of both kinds, and JSON. What is accepted is an
// account and a password that mean the same in another kind of form.
#include "http/form.hpp"

#include "auth/email.hpp"
#include "auth/login_form.hpp"
#include "auth/password.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/targets.hpp"
#include "http/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace tollgate::fuzz {
namespace {

constexpr std::string_view urlencoded = "application/x-www-form-urlencoded";

std::string escaped(std::string_view text) {
    std::string out;
    for (char const c : text) out += c == ' ' ? "+" : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    return out;
}

std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    for (char const c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

void check_parameters(std::string_view text) {
    for (auto rest = text.substr(std::min(text.find(';'), text.size())); !rest.empty();) {
        auto const before = rest.size();
        auto const parameter = http::take_parameter(rest);
        if (!parameter) return;
        require(rest.size() < before && http::is_token(parameter->name), "a parameter has a name, and takes bytes");
        auto const written = fmt::format(";{}={}", parameter->name, in_quotes(parameter->value));
        std::string_view again = written;
        auto const read = http::take_parameter(again);
        require(read && again.empty() && read->value == parameter->value, "what was written is read as the same");
    }
}

void check_again(auth::LoginAttempt const& first, std::string_view content_type, std::string_view body) {
    auto const again = auth::read_login(content_type, body);
    require(again && again->account == first.account && again->password.reveal() == first.password.reveal(),
            "the same login in another form is the same");
}

void check_login(auth::LoginAttempt const& login) {
    auto const password = login.password.reveal();
    require(!login.account.contains('\0') && !password.contains('\0'), "no NUL gets through");
    require(!password.empty() && password.size() <= auth::password::most_tried_bytes, "a password is bounded");
    require(auth::folded_email(login.account) == login.account, "an account is folded once and for all");
    require(auth::folded_email(auth::lowered_email(login.email)) == login.account, "both spellings are of one account");
    if (login.account.empty()) return;  // was nothing but blanks
    check_again(login, urlencoded, fmt::format("password={}&username={}", escaped(password), escaped(login.account)));
    auto const parts = fmt::format(
        "--a b\r\nContent-Disposition: form-data; name=username\r\n\r\n{}\r\n--a b\r\n"
        "Content-Disposition: form-data; name=\"password\"\r\n\r\n{}\r\n--a b--\r\n",
        login.account, password);
    bool const holds_boundary = login.account.contains("--a b") || password.contains("--a b");
    if (!holds_boundary) check_again(login, "multipart/form-data; boundary=\"a b\"", parts);
}

}  // namespace

void try_form(std::string_view input) {
    auto const content_type = take_line(input);
    check_parameters(content_type);
    auto const form = http::Form::read(content_type, input);
    if (form) require(form->size() <= 32, "a form is bounded");
    auto const login = auth::read_login(content_type, input);
    if (login) return check_login(*login);
    static constexpr std::array<unsigned, 3> refusals{400, 413, 415};
    require(is_in(refusals, login.error().status), "a refusal is 400, 413 or 415");
}

}  // namespace tollgate::fuzz
