// An exchange for the tests of plugins, with its parts, on worker 0.
#pragma once

#include "plugin/exchange.hpp"

#include <string>
#include <string_view>

namespace tollgate::testing {

struct FakeExchange {
    http::Arena arena;
    http::RequestHead head;
    plugin::Client client{.address = "192.0.2.1"};
    plugin::SlotLayout slots;
    plugin::RouteFacts route;
    plugin::Exchange exchange{head, client, slots, arena};

    explicit FakeExchange(Access access = Access::guarded) {
        head.method = "GET";
        route.access = access;
        exchange.route = &route;
    }

    FakeExchange& with(http::FieldName id, std::string_view value) {
        head.fields.append(id, http::keep(arena, boost::beast::http::to_string(id)), http::keep(arena, value));
        return *this;
    }
    FakeExchange& with_token(std::string_view token) {
        return with(http::FieldName::authorization, "Bearer " + std::string(token));
    }
};

// The value of a field that a reply goes out with; "(absent)" when there is none.
inline std::string field_of(http::Reply const& reply, std::string_view name) {
    for (auto const& [known, value] : reply.fields) {
        if (http::equal_ignoring_case(known, name)) return value;
    }
    auto const standing = http::standing_field(reply);
    return standing && http::equal_ignoring_case(standing->name, name) ? std::string(standing->value) : "(absent)";
}

// The sentence that a problem tells the client.
inline std::string_view detail_of(http::Reply const& reply) {
    return reply.body.empty() ? reason_of(reply.reason).detail : std::string_view(reply.body);
}

}  // namespace tollgate::testing
