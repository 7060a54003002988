#include "http/head_writer.hpp"

#include <boost/beast/http/status.hpp>

#include <array>
#include <charconv>

namespace tollgate::http {
namespace {

void write_fields(std::string& out, FieldList const& fields) {
    for (auto const& field : fields) {
        out.append(field.name).append(": ").append(field.value).append("\r\n");
    }
    out.append("\r\n");
}

}  // namespace

void write_request_head(std::string& out, std::string_view method, std::string_view base_path, Target const& target,
                        FieldList const& fields) {
    out.append(method).append(" ").append(base_path).append(target.path);
    if (target.has_query) out.append("?").append(target.query);
    out.append(" HTTP/1.1\r\n");
    write_fields(out, fields);
}

void write_response_head(std::string& out, ResponseHead const& head) {
    std::array<char, 4> status{};
    auto const end = std::to_chars(status.data(), status.data() + status.size(), head.status).ptr;
    out.append("HTTP/1.1 ").append(status.data(), end).append(" ");
    if (head.phrase.empty()) {
        auto const standard = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(head.status));
        out.append(standard.data(), standard.size());
    } else {
        out.append(head.phrase);
    }
    out.append("\r\n");
    write_fields(out, head.fields);
}

}  // namespace tollgate::http
