#include "proxy/outgoing.hpp"

#include "base/reserved_fields.hpp"
#include "http/hop.hpp"

#include <array>
#include <charconv>

namespace tollgate::proxy {
namespace {

using http::BodyKind;
using http::FieldName;

std::string_view decimal(std::uint64_t number, http::Arena& arena) {
    std::array<char, 20> digits{};
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    return http::keep(arena, {digits.data(), end});
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

void remove_request_id(http::FieldList& fields) {
    fields.remove_if([](http::Field const& field) {
        return field.id == FieldName::unknown && equal_folded(field.name, "X-Request-Id");
    });
}

// `Content_Length`, `Content.Length`: an ordinary field here, the reserved one to a service that reads fields from CGI
// variables.
bool is_reserved_in_disguise(std::string_view name) {
    return !is_plain_name(name) && role_of(name) != FieldRole::ordinary;
}

// The client's fields that go on, hop-by-hop and identity removed, those that we write anew too.
http::FieldList received_fields(UpstreamRequest const& request) {
    auto fields = request.received.fields;
    http::remove_hop_by_hop(fields);
    http::remove_identity_fields(fields);
    bool const drops_authorization = !keeps_client_authorization(request);
    fields.remove_if([&](http::Field const& field) {
        switch (field.id) {
            case FieldName::host:
            case FieldName::content_length: return true;
            case FieldName::authorization: return drops_authorization;
            case FieldName::accept_encoding: return request.uncoded;
            case FieldName::unknown: return is_reserved_in_disguise(field.name);
            default: return false;
        }
    });
    remove_request_id(fields);
    for (auto const& set : request.route.set_headers) {
        fields.remove_if([&](http::Field const& field) { return equal_folded(field.name, set.name); });
    }
    return fields;
}

}  // namespace

Result<http::FieldList> fields_for_upstream(UpstreamRequest const& request, http::Arena& arena) {
    http::FieldList out;
    out.append(FieldName::host, "Host", request.host);
    auto passed_on = received_fields(request);
    http::write_forwarding_fields(passed_on, request.hop, arena);
    for (auto const& field : passed_on) out.append(field.id, field.name, field.value);
    for (auto const& set : request.route.set_headers) {
        if (auto const added = out.add(arena, set.name, set.value.reveal()); !added)
            return std::unexpected(added.error());
    }
    // RFC 9110, section 12.5.3: without the field every coding would do.
    if (request.uncoded && !out.find(FieldName::accept_encoding))
        out.append(FieldName::accept_encoding, "Accept-Encoding", "identity");
    out.append(FieldName::unknown, "X-Request-Id", request.request_id);
    append_framing(out, request.framing, arena);
    if (!request.upgrade.empty()) append_upgrade(out, request.upgrade);
    if (!request.identity) return out;
    if (auto const added = out.add(arena, "X-User-Id", request.identity->user_id); !added)
        return std::unexpected(added.error());
    if (!request.send_user_email || request.identity->email.empty()) return out;
    if (auto const added = out.add(arena, "X-User-Email", request.identity->email); !added)
        return std::unexpected(added.error());
    return out;
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
    http::remove_hop_by_hop(head.fields);
    head.fields.remove(FieldName::content_length);
    remove_request_id(head.fields);
    head.fields.append(FieldName::unknown, "X-Request-Id", request_id);
    append_upgrade(head.fields, protocol);
}

http::Framing framing_for_client(http::Framing framing, unsigned minor) noexcept {
    if (framing.kind == BodyKind::none || framing.kind == BodyKind::length) return framing;
    return {minor >= 1 ? BodyKind::chunked : BodyKind::until_close, 0};
}

void prepare_for_client(http::ResponseHead& head, http::Framing framing, ClientConnection connection,
                        std::string_view request_id, http::Arena& arena) {
    http::remove_hop_by_hop(head.fields);
    bool const length_is_ours = framing.kind != BodyKind::none || head.status < 200 || head.status == 204;
    if (length_is_ours) head.fields.remove(FieldName::content_length);
    remove_request_id(head.fields);
    append_framing(head.fields, framing, arena);
    head.fields.append(FieldName::unknown, "X-Request-Id", request_id);
    if (connection == ClientConnection::close) head.fields.append(FieldName::connection, "Connection", "close");
    if (connection == ClientConnection::keep_alive_http_1_0)
        head.fields.append(FieldName::connection, "Connection", "keep-alive");
}

}  // namespace tollgate::proxy
