#include "auth/login_form.hpp"

#include "auth/email.hpp"
#include "auth/password.hpp"
#include "base/error.hpp"
#include "base/strict_json.hpp"
#include "http/form.hpp"
#include "http/utf8.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <optional>
#include <utility>

namespace tollgate::auth {
namespace {

namespace json = boost::json;
using http::Reply;

using Attempt = std::expected<LoginAttempt, Reply>;

std::unexpected<Reply> malformed(std::string detail) {
    return std::unexpected(Reply::problem(errc::bad_form, std::move(detail)));
}

std::unexpected<Reply> missing(std::string_view field) {
    return malformed(fmt::format("The field `{}` is missing.", field));
}

Attempt checked(std::string_view account_field, std::optional<std::string_view> account,
                std::optional<std::string_view> password) {
    if (!account || account->empty()) return missing(account_field);
    if (!password || password->empty()) return missing("password");
    if (account->contains('\0')) return malformed(fmt::format("The field `{}` holds a NUL.", account_field));
    if (http::valid_utf8(*account) != *account)
        return malformed(fmt::format("The field `{}` is not UTF-8.", account_field));
    if (password->contains('\0')) return malformed("The field `password` holds a NUL.");
    if (password->size() > password::most_tried_bytes) {
        return std::unexpected(
            Reply::problem(errc::body_too_large,
                           fmt::format("The field `password` has more than {} bytes.", password::most_tried_bytes)));
    }
    return LoginAttempt{std::string(*account), folded_email(*account), Secret(std::string(*password))};
}

Attempt read_form(std::string_view content_type, std::string_view body) {
    auto const form = http::Form::read(content_type, body);
    if (!form && form.error() == errc::bad_form)
        return malformed("The body is not a form whose fields each stand once, with proper escapes.");
    if (!form) return std::unexpected(Reply::problem(errc_of(form.error(), errc::unsupported_media_type)));
    if (auto const grant = form->find("grant_type"); grant && *grant != "password") {
        return malformed("The field `grant_type` must be `password`.");
    }
    return checked("username", form->find("username"), form->find("password"));
}

// A document that holds a password, and forgets it.
class WipedJson {
public:
    explicit WipedJson(json::value value) : value_(std::move(value)) {}
    WipedJson(WipedJson const&) = delete;
    WipedJson& operator=(WipedJson const&) = delete;
    ~WipedJson() {
        auto* const password = value_.get_object().if_contains("password");
        if (auto* const text = password ? password->if_string() : nullptr) OPENSSL_cleanse(text->data(), text->size());
    }
    [[nodiscard]] json::object const& members() const { return value_.get_object(); }

private:
    json::value value_;
};

std::optional<std::string_view> text_of(json::value const* value) {
    auto const* const text = value ? value->if_string() : nullptr;
    if (!text) return std::nullopt;
    return std::string_view(text->data(), text->size());
}

Attempt read_json(std::string_view body) {
    auto parsed = parse_strict_json(body);
    if (!parsed) return malformed("The body is not a JSON object whose members each stand once.");
    WipedJson const document(std::move(*parsed));
    auto const& members = document.members();
    bool const both = members.contains("username") && members.contains("email");
    if (both) return malformed("The fields `username` and `email` are the same: send one of them.");
    std::string_view const account_field = members.contains("email") ? "email" : "username";
    for (auto const field : {account_field, std::string_view("password")}) {
        auto const* const value = members.if_contains(field);
        if (value && !value->is_string()) return malformed(fmt::format("The field `{}` must be a string.", field));
    }
    return checked(account_field, text_of(members.if_contains(account_field)),
                   text_of(members.if_contains("password")));
}

}  // namespace

std::expected<LoginAttempt, http::Reply> read_login(std::string_view content_type, std::string_view body) {
    return http::media_type(content_type) == "application/json" ? read_json(body) : read_form(content_type, body);
}

}  // namespace tollgate::auth
