// Form bodies: application/x-www-form-urlencoded (WHATWG URL, section 5.1) and multipart/form-data (RFC 7578), as a
// short list of names and values. Pure. Strict and bounded: a bad escape, a broken part, more than 32 fields or a
// repeated name are refused, file parts too.
#pragma once

#include "base/error.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::http {

class Form {
public:
    // All are errc::bad_form when the body is not a well-formed form.
    [[nodiscard]] static Result<Form> read_urlencoded(std::string_view body);
    [[nodiscard]] static Result<Form> read_multipart(std::string_view body, std::string_view boundary);

    // Chooses by `content_type`; errc::unsupported_media_type for another one, or for multipart without a valid
    // boundary (1-70 characters, RFC 2046, section 5.1.1).
    [[nodiscard]] static Result<Form> read(std::string_view content_type, std::string_view body);

    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return fields_.size(); }

    Form() = default;
    Form(Form&&) noexcept = default;
    Form& operator=(Form&& other) noexcept;
    ~Form();  // wipes the values: a login form holds a password

private:
    // A fresh field to be filled in place; null when there are too many.
    [[nodiscard]] std::pair<std::string, std::string>* next();
    [[nodiscard]] bool last_is_new() const noexcept;

    std::vector<std::pair<std::string, std::string>> fields_;
};

// The media type of a Content-Type value, lower-cased, without parameters: "application/json".
[[nodiscard]] std::string media_type(std::string_view content_type);

}  // namespace tollgate::http
