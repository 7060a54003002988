#include "http/form.hpp"

#include "base/characters.hpp"
#include "base/secret.hpp"
#include "http/field_line.hpp"
#include "http/parameters.hpp"

#include <algorithm>
#include <cstddef>

namespace tollgate::http {
namespace {

constexpr std::size_t most_fields = 32;
constexpr std::size_t most_part_fields = 8;
constexpr std::size_t most_boundary_bytes = 70;
constexpr auto boundary_characters =
    characters_of("'()+_,-./:=? 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

// Appends what `text` stands for to `out`; false for a bad escape.
bool decode_urlencoded(std::string_view text, std::string& out) {
    out.reserve(text.size());  // grown, it would leave pieces of a password in freed memory
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            out += text[at] == '+' ? ' ' : text[at];
            continue;
        }
        int const byte = escaped_byte(text.substr(at));
        if (byte < 0) return false;
        out += static_cast<char>(byte);
        at += 2;
    }
    return true;
}

// RFC 2046, section 5.1.1.
bool is_boundary(std::string_view text) noexcept {
    return !text.empty() && text.size() <= most_boundary_bytes && text.back() != ' ' &&
           std::ranges::all_of(text, [](char c) { return in(boundary_characters, c); });
}

// The `boundary` of a Content-Type; empty when there is not exactly one valid one.
std::string boundary_of(std::string_view content_type) {
    std::string boundary;
    auto rest = content_type.substr(std::min(content_type.find(';'), content_type.size()));
    while (!trimmed(rest).empty()) {
        auto parameter = take_parameter(rest);
        if (!parameter) return {};
        if (!equal_ignoring_case(parameter->name, "boundary")) continue;
        if (!boundary.empty() || !is_boundary(parameter->value)) return {};
        boundary = std::move(parameter->value);
    }
    return boundary;
}

// The name that a Content-Disposition gives to a part; nothing for a file (RFC 7578, section 4.2) and for anything
// unclear.
std::optional<std::string> part_name(std::string_view disposition) {
    auto const semicolon = std::min(disposition.find(';'), disposition.size());
    if (!equal_ignoring_case(trimmed(disposition.substr(0, semicolon)), "form-data")) return std::nullopt;
    std::optional<std::string> name;
    for (auto rest = disposition.substr(semicolon); !rest.empty();) {
        auto parameter = take_parameter(rest);
        bool const is_name = parameter && equal_ignoring_case(parameter->name, "name");
        if (!parameter || parameter->name.contains('*') || equal_ignoring_case(parameter->name, "filename"))
            return std::nullopt;
        if (is_name && name) return std::nullopt;
        if (is_name) name = std::move(parameter->value);
    }
    return name;
}

bool is_identity_encoding(std::string_view encoding) noexcept {
    return equal_ignoring_case(encoding, "7bit") || equal_ignoring_case(encoding, "8bit") ||
           equal_ignoring_case(encoding, "binary");
}

// Reads the fields of a part off the front of `part`, their empty line included; the name of the part, or nothing when
// they are bad.
std::optional<std::string> take_part_head(std::string_view& part) {
    std::optional<std::string> name;
    for (std::size_t count = 0; !part.starts_with("\r\n"); ++count) {
        auto const line = take_field_line(part);
        if (!line || count == most_part_fields) return std::nullopt;
        if (equal_ignoring_case(line->name, "Content-Transfer-Encoding") && !is_identity_encoding(line->value))
            return std::nullopt;
        if (!equal_ignoring_case(line->name, "Content-Disposition")) continue;
        if (name) return std::nullopt;
        name = part_name(line->value);
        if (!name) return std::nullopt;
    }
    part.remove_prefix(2);
    return name;
}

}  // namespace

Form& Form::operator=(Form&& other) noexcept {
    fields_.swap(other.fields_);
    return *this;
}

Form::~Form() {
    for (auto& [name, value] : fields_) {
        wipe(name);
        wipe(value);
    }
}

std::pair<std::string, std::string>* Form::next() {
    if (fields_.size() == most_fields) return nullptr;
    fields_.reserve(most_fields);  // moved to a larger place, short values would leave a copy behind
    return &fields_.emplace_back();
}

bool Form::last_is_new() const noexcept {
    auto const& name = fields_.back().first;
    return std::ranges::count(fields_, name, &std::pair<std::string, std::string>::first) == 1;
}

Result<Form> Form::read_urlencoded(std::string_view body) {
    Form form;
    while (!body.empty()) {
        auto const pair = body.substr(0, body.find('&'));
        body.remove_prefix(std::min(pair.size() + 1, body.size()));
        if (pair.empty()) continue;
        auto* const field = form.next();
        if (field == nullptr) return failure(errc::bad_form);
        auto const equals = std::min(pair.find('='), pair.size());
        auto const value = pair.substr(std::min(equals + 1, pair.size()));
        if (!decode_urlencoded(pair.substr(0, equals), field->first) || !decode_urlencoded(value, field->second) ||
            !form.last_is_new()) {
            return failure(errc::bad_form);
        }
    }
    return form;
}

// Strict about what RFC 2046 lets pass around the parts: no preamble, no padding after a boundary, at most a line end
// after the last.
Result<Form> Form::read_multipart(std::string_view body, std::string_view boundary) {
    Form form;
    auto const delimiter = "\r\n--" + std::string(boundary);
    if (!is_boundary(boundary) || !body.starts_with(delimiter.substr(2))) return failure(errc::bad_form);
    body.remove_prefix(delimiter.size() - 2);
    while (body.starts_with("\r\n")) {
        body.remove_prefix(2);
        auto name = take_part_head(body);
        auto const end = body.find(delimiter);
        auto* const field = form.next();
        if (!name || end == std::string_view::npos || field == nullptr) return failure(errc::bad_form);
        field->first = *std::move(name);
        field->second = body.substr(0, end);
        if (!form.last_is_new()) return failure(errc::bad_form);
        body.remove_prefix(end + delimiter.size());
    }
    if (body != "--" && body != "--\r\n") return failure(errc::bad_form);
    return form;
}

Result<Form> Form::read(std::string_view content_type, std::string_view body) {
    auto const type = media_type(content_type);
    if (type == "application/x-www-form-urlencoded") return read_urlencoded(body);
    auto const boundary = type == "multipart/form-data" ? boundary_of(content_type) : std::string();
    if (boundary.empty()) return failure(errc::unsupported_media_type);
    return read_multipart(body, boundary);
}

std::optional<std::string_view> Form::find(std::string_view name) const noexcept {
    auto const found = std::ranges::find(fields_, name, &std::pair<std::string, std::string>::first);
    return found == fields_.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

std::string media_type(std::string_view content_type) {
    std::string type(trimmed(content_type.substr(0, content_type.find(';'))));
    std::ranges::transform(type, type.begin(), lower);
    return type;
}

}  // namespace tollgate::http
