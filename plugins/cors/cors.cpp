#include "cors/cors.hpp"

#include "cors/vary.hpp"
#include "http/preflight.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace tollgate::cors {
namespace {

using http::FieldName;
using plugin::Exchange;
using plugin::Reply;

constexpr std::string_view own_fields = "Access-Control-";

// The one value of a field; empty when there is none, or more than one.
std::string_view only_value(http::FieldList const& fields, FieldName id) noexcept {
    return fields.count(id) == 1 ? *fields.find(id) : std::string_view{};
}

// A `*` is a token, but no method, and means something else where it would be sent back.
bool is_method(std::string_view text) noexcept { return http::is_token(text) && text != "*"; }

}  // namespace

plugin::Checked<std::unique_ptr<Cors>> Cors::make(plugin::Setup& setup) {
    return std::unique_ptr<Cors>(new Cors(setup, read_cors_settings(setup.settings)));
}

Cors::Cors(plugin::Setup& setup, CorsSettings settings)
    : settings_(std::move(settings)),
      expose_(fmt::format("{}", fmt::join(settings_.expose, ", "))),
      max_age_(fmt::format("{}", settings_.max_age.count())),
      progress_(setup.slots.reserve<Progress>()) {}

// What Access-Control-Allow-Origin says to this request; empty: nothing.
std::string_view Cors::allowed_origin(http::FieldList const& request) const noexcept {
    if (settings_.every_origin) return "*";
    auto const origin = only_value(request, FieldName::origin);
    return settings_.origins.contains(origin) ? origin : std::string_view{};
}

std::optional<Reply> Cors::on_preflight(Exchange& exchange) const {
    auto const& head = exchange.request();
    auto const method = http::preflight_method(head);
    if (!method) return {};
    exchange.slot(progress_).preflight_answered = true;

    Reply reply{.status = 204};
    auto const origin = allowed_origin(head.fields);
    if (!origin.empty() && is_method(*method)) {
        reply.with("Access-Control-Allow-Origin", std::string(origin))
            .with("Access-Control-Allow-Methods", std::string(*method));
        auto const headers = only_value(head.fields, FieldName::access_control_request_headers);
        if (!headers.empty() && settings_.headers.allow(headers))
            reply.with("Access-Control-Allow-Headers", std::string(headers));
        reply.with("Access-Control-Max-Age", max_age_);
        if (settings_.credentials == Credentials::included) reply.with("Access-Control-Allow-Credentials", "true");
    }
    return std::move(reply).with("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
}

void Cors::on_response(Exchange& exchange, plugin::ResponseHead& head) const {
    if (exchange.slot(progress_).preflight_answered) return;
    auto& fields = head.fields;
    auto& arena = exchange.arena();
    fields.remove_if([](http::Field const& field) {
        return http::equal_ignoring_case(field.name.substr(0, own_fields.size()), own_fields);
    });
    // With `*` the answer is the same for everybody, and is said to everybody so that caches need only one.
    if (!settings_.every_origin) vary_by_origin(fields, arena);
    auto const origin = allowed_origin(exchange.request().fields);
    if (origin.empty()) return;
    fields.append(FieldName::access_control_allow_origin, "Access-Control-Allow-Origin", http::keep(arena, origin));
    if (settings_.credentials == Credentials::included)
        fields.append(FieldName::access_control_allow_credentials, "Access-Control-Allow-Credentials", "true");
    if (!expose_.empty())
        fields.append(FieldName::access_control_expose_headers, "Access-Control-Expose-Headers",
                      http::keep(arena, expose_));
}

}  // namespace tollgate::cors
