// Requests as they come on a connection. What is accepted can be read in one way only, and stops being accepted with
// the smallest ambiguity.
#include "http/framing.hpp"

#include "fuzz/fuzz.hpp"
#include "fuzz/targets.hpp"
#include "fuzz/wire.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace tollgate::fuzz {
namespace {

using http::FieldName;

void check_size(std::string_view input) {
    auto const size = http::head_size(input, 0);
    require(size <= input.size(), "a head is no longer than the input");
    for (std::size_t scanned = 0, here = 0; here <= input.size() && scanned < 512; scanned = here++) {
        auto const found = http::head_size(input.substr(0, here), scanned);
        require(found == (size != 0 && size <= here ? size : 0), "a head ends at the same byte however it arrives");
        if (found != 0) return;
    }
}

bool is_accepted(std::string_view head) {
    return http::head_size(head, 0) == head.size() && take_request(head).has_value();
}

// `line` put between the fields and the empty line.
std::string with(std::string_view head, std::string_view line) {
    return std::string(head.substr(0, head.size() - 2)).append(line).append("\r\n\r\n");
}

void check_accepted(Request const& request) {
    auto const& fields = request.head.fields;
    auto const lengths = fields.count(FieldName::content_length);
    auto const codings = fields.count(FieldName::transfer_encoding);
    require(lengths + codings <= 1, "one framing, or none");
    require(codings == 0 || request.head.minor == 1, "HTTP/1.0 has no codings");
    require(fields.count(FieldName::host) <= 1, "one Host, or none");
    require(fields.count(FieldName::host) == 1 || request.head.minor == 0, "HTTP/1.1 has a Host");
    for (auto const& field : fields)
        require(http::is_token(field.name) && http::is_field_value(field.value), "fields are well-formed");

    std::string const head(request.bytes);
    static constexpr std::array<std::string_view, 3> always{" folded", "A : b", "Transfer-Encoding: gzip"};
    for (auto const line : always) require(!is_accepted(with(head, line)), "a bad line is refused");
    if (lengths + codings > 0) {
        require(!is_accepted(with(head, "Content-Length: 0")), "a second framing is refused");
        require(!is_accepted(with(head, "Transfer-Encoding: chunked")), "a second framing is refused");
    }
    if (fields.count(FieldName::host) > 0) require(!is_accepted(with(head, "Host: a")), "a second Host is refused");
    int looked_at = 0;
    for (auto at = head.find('\r'); at != std::string::npos && ++looked_at < 8; at = head.find('\r', at + 1))
        require(!is_accepted(std::string(head).erase(at, 1)), "a bare LF is refused");
}

}  // namespace

void try_framing(std::string_view input) {
    check_size(input);
    for (int requests = 0; requests < 8; ++requests) {
        auto const before = input.size();
        auto const request = take_request(input);
        if (!request) return;
        require(input.size() < before, "a request takes bytes");
        check_accepted(*request);
        if (!request->body.whole) return require(request->body.broken || input.empty(), "a body takes what there is");
    }
}

}  // namespace tollgate::fuzz
