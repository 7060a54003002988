// What is sent on, as fields: a request towards the service, an answer towards the client. Pure. What makes X-User-Id
// unforgeable is that one rule says of each field of the client whether it goes on, which no hop-by-hop field does,
// none that Connection names, and none that claims an identity in any spelling; and that ours come last.
#pragma once

#include "http/fields.hpp"
#include "http/forwarded.hpp"
#include "http/framing.hpp"
#include "http/head.hpp"
#include "http/target.hpp"
#include "plugin/exchange.hpp"
#include "settings/settings.hpp"

#include <string_view>

namespace tollgate::proxy {

struct UpstreamRequest {
    http::RequestHead const& received;
    http::Framing framing;
    std::string_view host;  // that the service is told
    http::Hop hop;
    settings::Route const& route;
    plugin::Identity const* identity = nullptr;  // null on open routes
    bool send_user_email = false;
    std::string_view request_id;
    std::string_view upgrade{};  // the protocols that the service may change to
    bool uncoded = false;        // the answer must come in no content coding
};

// Error: errc::internal_error when an identity or a configured header cannot be a field value; nothing may be sent
// then.
[[nodiscard]] Result<http::FieldList> fields_for_upstream(UpstreamRequest const& request, http::Arena& arena);

// The target that the service sees: without the route's `strip_prefix`. The base path is added by the writer.
[[nodiscard]] http::Target target_for_upstream(http::Target const& target, std::string_view strip_prefix);

// How an answer whose body came in `framing` is framed for a client of HTTP/1.`minor`: chunked where 1.1 does not know
// the length.
[[nodiscard]] http::Framing framing_for_client(http::Framing framing, unsigned minor) noexcept;

enum class ClientConnection { close, keep_alive, keep_alive_http_1_0 };

// Makes `head` what the client gets: its hop-by-hop and framing fields are replaced by ours. `framing` is that towards
// the client; a length that only describes a body which is not sent (HEAD, 304) is kept.
void prepare_for_client(http::ResponseHead& head, http::Framing framing, ClientConnection connection,
                        std::string_view request_id, http::Arena& arena);

// The same for a 101 that changes to `protocol`.
void prepare_switch(http::ResponseHead& head, std::string_view protocol, std::string_view request_id);

}  // namespace tollgate::proxy
