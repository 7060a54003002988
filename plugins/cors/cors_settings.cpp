#include "cors/cors_settings.hpp"

#include "cors/origin.hpp"
#include "http/fields.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace tollgate::cors {
namespace {

using settings::SettingsNode;

// Says what is wrong with a value, unless it came from a substitution: then it may be a secret.
void refuse(SettingsNode const& item, std::string_view value, std::string wrong) {
    auto const shown = item.shown();
    item.fail(shown == value ? std::move(wrong) : fmt::format("what `{}` stands for cannot stand here", shown));
}

void read_origins(SettingsNode const& node, CorsSettings& read) {
    auto const all = node.one_or_more();
    for (auto const& item : all) {
        auto const origin = item.text("https://app.example");
        if (origin == "*" && all.size() == 1) {
            read.every_origin = true;
        } else if (auto const wrong = origin_error(origin)) {
            refuse(item, origin, *wrong);
        } else {
            read.origins.insert(origin);
        }
    }
}

void read_expose(SettingsNode const& node, CorsSettings& read) {
    if (!node.present()) return;
    read.expose.clear();
    for (auto const& item : node.one_or_more()) {
        auto name = item.text("Retry-After");
        if (!http::is_token(name) || name.contains('*'))
            item.fail(fmt::format("`{}` is no header: write each name, such as Retry-After", item.shown()));
        read.expose.push_back(std::move(name));
    }
}

void read_headers(SettingsNode const& node, CorsSettings& read) {
    if (!node.present()) return;
    read.headers = {};
    for (auto const& item : node.one_or_more()) {
        auto const name = item.text("Authorization");
        if (auto const wrong = read.headers.add(name)) refuse(item, name, *wrong);
    }
}

}  // namespace

RequestHeaders CorsSettings::default_headers() {
    RequestHeaders headers;
    for (std::string_view const name : {"Accept", "Anthropic-*", "Authorization", "Content-Type", "Idempotency-Key",
                                        "Last-Event-ID", "OpenAI-*", "User-Agent", "X-Request-Id", "X-Stainless-*"}) {
        (void)headers.add(name);
    }
    return headers;
}

CorsSettings read_cors_settings(SettingsNode const& node) {
    CorsSettings read;
    read_origins(node["origins"], read);
    auto const credentials = node["credentials"];
    if (credentials.boolean(false)) read.credentials = Credentials::included;
    if (read.every_origin && read.credentials == Credentials::included) {
        credentials.fail(
            "with `credentials` every origin must be named: browsers refuse `*`, and any page could use the user's "
            "cookies");
    }
    read_expose(node["expose"], read);
    read_headers(node["headers"], read);
    read.max_age = std::chrono::floor<std::chrono::seconds>(
        node["max_age"].duration(read.max_age, {std::chrono::milliseconds(0), std::chrono::hours(24)}));
    return read;
}

}  // namespace tollgate::cors
