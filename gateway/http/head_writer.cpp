#include "http/head_writer.hpp"

#include "base/text_writer.hpp"

#include <fmt/format.h>
#include <boost/beast/http/status.hpp>

#include <cstddef>

namespace tollgate::http {
namespace {

constexpr std::string_view version = "HTTP/1.1";
constexpr std::string_view separator = ": ";
constexpr std::string_view line_end = "\r\n";

// Writes the line, of `most_bytes`, that `write` puts, and the fields behind it.
template <class Write>
std::string_view write_head(Arena& arena, std::size_t most_bytes, Write write, FieldList const& fields) {
    for (auto const& field : fields)
        most_bytes += field.name.size() + separator.size() + field.value.size() + line_end.size();
    most_bytes += 2 * line_end.size();
    TextWriter out({static_cast<char*>(arena.allocate(most_bytes, 1)), most_bytes});
    write(out);
    out.put(line_end);
    for (auto const& field : fields) out.put(field.name).put(separator).put(field.value).put(line_end);
    out.put(line_end);
    return out.text();
}

std::string_view phrase_of(ResponseHead const& head) noexcept {
    if (!head.phrase.empty()) return head.phrase;
    return boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(head.status));
}

}  // namespace

std::string_view write_request_head(Arena& arena, std::string_view method, std::string_view base_path,
                                    Target const& target, FieldList const& fields) {
    constexpr std::size_t marks = 3;  // two spaces, the question mark
    auto const most = method.size() + base_path.size() + target.path.size() + target.query.size() + marks;
    auto const write_line = [&](TextWriter& out) {
        out.put(method).put(' ').put(base_path).put(target.path);
        if (target.has_query) out.put('?').put(target.query);
        out.put(' ').put(version);
    };
    return write_head(arena, most + version.size(), write_line, fields);
}

std::string own_get_request(std::string_view target, std::string_view authority) {
    return fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: tollgate\r\nConnection: close\r\n\r\n", target,
                       authority);
}

std::string_view write_response_head(Arena& arena, ResponseHead const& head) {
    auto const phrase = phrase_of(head);
    constexpr std::size_t most = version.size() + 2 + TextWriter::number_bytes;
    auto const write_line = [&](TextWriter& out) {
        out.put(version).put(' ').number(head.status).put(' ').put(phrase);
    };
    return write_head(arena, most + phrase.size(), write_line, head.fields);
}

}  // namespace tollgate::http
