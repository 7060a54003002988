#include "proxy/outgoing.hpp"

#include "base/reserved_fields.hpp"
#include "base/text_writer.hpp"
#include "http/hop.hpp"

#include <algorithm>
#include <utility>

namespace tollgate::proxy {
namespace {

using http::BodyKind;
using http::FieldName;

std::string_view decimal(std::uint64_t number, http::Arena& arena) {
    auto* const digits = static_cast<char*>(arena.allocate(TextWriter::number_bytes, 1));
    return TextWriter({digits, TextWriter::number_bytes}).number(number).text();
}

void append_framing(http::FieldList& fields, http::Framing framing, http::Arena& arena) {
    if (framing.kind == BodyKind::chunked) fields.append(FieldName::transfer_encoding, "Transfer-Encoding", "chunked");
    if (framing.kind == BodyKind::length)
        fields.append(FieldName::content_length, "Content-Length", decimal(framing.length, arena));
}

void append_upgrade(http::FieldList& fields, std::string_view protocols) {
    fields.append(FieldName::connection, "Connection", "Upgrade");
    fields.append(FieldName::upgrade, "Upgrade", protocols);
}

bool keeps_client_authorization(UpstreamRequest const& request) {
    return request.route.access == Access::open ||
           request.route.client_authorization == settings::ClientAuthorization::forwarded;
}

bool is_request_id(http::Field const& field) noexcept {
    return field.id == FieldName::unknown && equal_folded(field.name, "X-Request-Id");
}

// `Content_Length`, `Content.Length`: an ordinary field here, the reserved one to a service that reads fields from CGI
// variables.
bool is_reserved_in_disguise(std::string_view name) {
    return !is_plain_name(name) && role_of(name) != FieldRole::ordinary;
}

// Whether a field of the client goes on: neither hop-by-hop nor a claim to an identity, nor one that we write anew.
bool goes_on(http::Field const& field, http::HopByHop const& hop_by_hop, UpstreamRequest const& request) {
    if (hop_by_hop.contains(field) || is_identity_name(field.name)) return false;
    switch (field.id) {
        case FieldName::host:
        case FieldName::content_length: return false;
        case FieldName::authorization:
            if (!keeps_client_authorization(request)) return false;
            break;
        case FieldName::accept_encoding:
            if (request.uncoded) return false;
            break;
        case FieldName::unknown:
            if (is_request_id(field) || is_reserved_in_disguise(field.name)) return false;
            break;
        default: break;
    }
    auto const is_set_to = [&field](auto const& set) { return equal_folded(field.name, set.name); };
    return std::ranges::none_of(request.route.set_headers, is_set_to);
}

enum class Length { removed, kept };

// Takes out of an answer what ends here and what we write anew.
void remove_what_is_ours(http::FieldList& fields, Length length) {
    http::HopByHop const hop_by_hop(fields);
    fields.remove_if([&](http::Field const& field) {
        if (field.id == FieldName::content_length) return length == Length::removed;
        return hop_by_hop.contains(field) || is_request_id(field);
    });
}

Result<void> append_identity(http::FieldList& fields, std::string_view name, std::string_view value) {
    if (!http::is_field_value(value)) return failure(errc::internal_error);
    fields.append(FieldName::unknown, name, value);
    return {};
}

// What says who asks, when somebody is known.
Result<void> append_identity(http::FieldList& fields, UpstreamRequest const& request) {
    if (!request.identity) return {};
    auto const added = append_identity(fields, "X-User-Id", request.identity->user_id);
    if (!added || !request.send_user_email || request.identity->email.empty()) return added;
    return append_identity(fields, "X-User-Email", request.identity->email);
}

Result<void> append_all(http::FieldList& out, UpstreamRequest const& request, http::Arena& arena) {
    out.append(FieldName::host, "Host", request.host);
    http::HopByHop const hop_by_hop(request.received.fields);
    for (auto const& field : request.received.fields) {
        if (goes_on(field, hop_by_hop, request)) out.append(field.id, field.name, field.value);
    }
    http::write_forwarding_fields(out, request.hop, arena);
    for (auto const& set : request.route.set_headers) {
        if (auto const added = out.add(arena, set.name, set.value.reveal()); !added) return added;
    }
    // RFC 9110, section 12.5.3: without the field every coding would do.
    if (request.uncoded && !out.find(FieldName::accept_encoding))
        out.append(FieldName::accept_encoding, "Accept-Encoding", "identity");
    out.append(FieldName::unknown, "X-Request-Id", request.request_id);
    append_framing(out, request.framing, arena);
    if (!request.upgrade.empty()) append_upgrade(out, request.upgrade);
    return append_identity(out, request);
}

}  // namespace

// A list is large: it is made where it goes, since nothing else is returned, and its room is not zeroed.
Result<http::FieldList> fields_for_upstream(UpstreamRequest const& request, http::Arena& arena) {
    http::FieldList empty;
    Result<http::FieldList> result(std::move(empty));
    if (auto const added = append_all(*result, request, arena); !added) result = std::unexpected(added.error());
    return result;
}

http::Target target_for_upstream(http::Target const& target, std::string_view strip_prefix) {
    auto sent = target;
    if (strip_prefix.empty() || !sent.path.starts_with(strip_prefix)) return sent;
    auto const rest = sent.path.substr(strip_prefix.size());
    if (rest.empty()) sent.path = "/";
    else if (rest.front() == '/') sent.path = rest;
    return sent;
}

void prepare_switch(http::ResponseHead& head, std::string_view protocol, std::string_view request_id) {
    remove_what_is_ours(head.fields, Length::removed);
    head.fields.append(FieldName::unknown, "X-Request-Id", request_id);
    append_upgrade(head.fields, protocol);
}

http::Framing framing_for_client(http::Framing framing, unsigned minor) noexcept {
    if (framing.kind == BodyKind::none || framing.kind == BodyKind::length) return framing;
    return {minor >= 1 ? BodyKind::chunked : BodyKind::until_close, 0};
}

void prepare_for_client(http::ResponseHead& head, http::Framing framing, ClientConnection connection,
                        std::string_view request_id, http::Arena& arena) {
    bool const length_is_ours = framing.kind != BodyKind::none || head.status < 200 || head.status == 204;
    remove_what_is_ours(head.fields, length_is_ours ? Length::removed : Length::kept);
    append_framing(head.fields, framing, arena);
    head.fields.append(FieldName::unknown, "X-Request-Id", request_id);
    if (connection == ClientConnection::close) head.fields.append(FieldName::connection, "Connection", "close");
    if (connection == ClientConnection::keep_alive_http_1_0)
        head.fields.append(FieldName::connection, "Connection", "keep-alive");
}

}  // namespace tollgate::proxy
