#include "http/head_writer.hpp"

#include "base/text_writer.hpp"

#include <boost/beast/http/status.hpp>

#include <cstddef>
#include <span>

namespace tollgate::http {
namespace {

constexpr std::string_view version = "HTTP/1.1";
constexpr std::string_view colon = ": ";
constexpr std::string_view line_end = "\r\n";

TextWriter writer_in(Arena& arena, std::size_t bytes) {
    return TextWriter(std::span(static_cast<char*>(arena.allocate(bytes, 1)), bytes));
}

// Of the section, its empty line included.
std::size_t size_of(FieldList const& fields) noexcept {
    auto size = line_end.size();
    for (auto const& field : fields) size += field.name.size() + colon.size() + field.value.size() + line_end.size();
    return size;
}

void write_fields(TextWriter& out, FieldList const& fields) noexcept {
    for (auto const& field : fields) out.put(field.name).put(colon).put(field.value).put(line_end);
    out.put(line_end);
}

std::string_view phrase_of(ResponseHead const& head) noexcept {
    if (!head.phrase.empty()) return head.phrase;
    return boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(head.status));
}

}  // namespace

std::string_view write_request_head(Arena& arena, std::string_view method, std::string_view base_path,
                                    Target const& target, FieldList const& fields) {
    constexpr std::size_t most_marks = 3 + version.size() + line_end.size();  // two spaces, the question mark
    auto const line = method.size() + base_path.size() + target.path.size() + target.query.size() + most_marks;
    auto out = writer_in(arena, line + size_of(fields));
    out.put(method).put(' ').put(base_path).put(target.path);
    if (target.has_query) out.put('?').put(target.query);
    out.put(' ').put(version).put(line_end);
    write_fields(out, fields);
    return out.text();
}

std::string_view write_response_head(Arena& arena, ResponseHead const& head) {
    auto const phrase = phrase_of(head);
    auto const line = version.size() + 2 + TextWriter::number_bytes + phrase.size() + line_end.size();
    auto out = writer_in(arena, line + size_of(head.fields));
    out.put(version).put(' ').number(head.status).put(' ').put(phrase).put(line_end);
    write_fields(out, head.fields);
    return out.text();
}

}  // namespace tollgate::http
