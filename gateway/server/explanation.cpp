#include "server/explanation.hpp"

#include "http/fields.hpp"
#include "http/target.hpp"
#include "server/fit.hpp"
#include "server/routes_table.hpp"
#include "server/sample_request.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>
#include <vector>

namespace tollgate::server {
namespace {

constexpr std::size_t most_others = 8;  // near misses and less specific routes named

struct Request {
    std::string_view method;
    http::Target target;
    std::string_view host;
};

// A label in the first line, the rest below it.
void say(std::string& text, std::string_view label, std::vector<std::string> const& lines) {
    for (auto const& line : lines) {
        text += fmt::format("{:<10}{}\n", label, line);
        label = {};
    }
}

route::Pattern pattern_of(proxy::Route const& route) { return {route.host, route.facts.pattern, route.methods}; }

std::string name_of(proxy::Generation const& generation, proxy::Route const& route) {
    auto name = fmt::format("{} {}{}", methods_text(route), route.host, route.facts.pattern);
    if (!route.settings) return name + " " + origin_text(generation, route);
    auto const& where = route.settings->where;
    return fmt::format("{} ({}:{}:{})", name, where.file, where.line, where.column);
}

std::vector<std::string> others_with(proxy::Generation const& generation, Request const& request, Fit fit,
                                     std::string_view remark, proxy::Route const* but = nullptr) {
    std::vector<std::string> lines;
    for (auto const& route : generation.routes()) {
        if (&route == but || fit_of(pattern_of(route), request.host, request.method, request.target.path) != fit)
            continue;
        if (lines.size() == most_others) {
            lines.emplace_back("...");
            break;
        }
        lines.push_back(fmt::format("{}: {}", name_of(generation, route), remark));
    }
    return lines;
}

std::string why(proxy::Route const& route) {
    auto const& path = route.facts.pattern;
    std::string reason = "its path is this one";
    if (path.ends_with("/*")) reason = "its path matches everything below " + path.substr(0, path.size() - 1);
    else if (path.contains('{')) reason = "each {name} in its path stands for one segment";
    return route.host.empty() ? reason : reason + ", and its host is this one";
}

std::string plugin_line(plugin::NamedInstance const& plugin) {
    auto const& [name, instance] = plugin;
    std::vector<std::string_view> parts;
    if (instance.request) parts.emplace_back("request");
    if (instance.preflight) parts.emplace_back("preflight");
    if (instance.request_body) parts.emplace_back("request body");
    if (instance.response) parts.emplace_back("response");
    if (instance.response_body) parts.emplace_back("response body");
    if (instance.finish) parts.emplace_back("finish");
    return parts.empty() ? name + ": no hooks" : fmt::format("{}: {}", name, fmt::join(parts, ", "));
}

std::vector<std::string> plugin_lines(proxy::Generation const& generation) {
    std::vector<std::string> lines;
    for (auto const& plugin : generation.chain().plugins()) lines.push_back(plugin_line(plugin));
    if (lines.empty()) lines.emplace_back("none");
    return lines;
}

std::string word_for(route::NotFound const& not_found) {
    switch (not_found.miss) {
        case route::Miss::method_not_allowed: return "none: 405, Allow: " + not_found.allow;
        case route::Miss::other_spelling: return "none: 400, in another spelling the path is that of another route";
        case route::Miss::no_route: break;
    }
    return "none: 404, nothing is sent upstream";
}

// Nothing admits the request.
void say_miss(std::string& text, proxy::Generation const& generation, Request const& request,
              route::NotFound const& not_found) {
    say(text, "route", {word_for(not_found)});
    std::vector<std::string> near;
    auto const add = [&](Fit fit, std::string_view remark) {
        for (auto& line : others_with(generation, request, fit, remark)) near.push_back(std::move(line));
    };
    add(Fit::other_method, "only the method differs");
    add(Fit::other_host, "only for that host");
    add(Fit::other_slash, "only the slash at the end differs");
    add(Fit::other_case, "only capitals differ");
    say(text, "near",
        near.empty() ? std::vector<std::string>{"no route comes close (`tollgate routes` lists all)"} : near);
}

void say_upstream(std::string& text, proxy::Generation const& generation, proxy::Route const& route,
                  Request const& request) {
    auto const sent = sample_sent(generation, route, request.method, request.target, request.host);
    say(text, "upstream", {origin_text(generation, route)});
    std::string const user =
        route.facts.access == Access::guarded ? fmt::format(" signed in as user {}", sample_user_id) : "";
    say(text, "sent", {fmt::format("for a client at {}{}, besides its other headers:", sample_client, user)});
    say(text, "", sent.head);
    say(text, "removed",
        {fmt::format("{} (and every X-User-*, and what Connection names)", fmt::join(sent.removed, ", "))});
    if (!sent.replaced.empty()) say(text, "replaced", {fmt::format("{}", fmt::join(sent.replaced, ", "))});
}

void say_hit(std::string& text, proxy::Generation const& generation, proxy::Route const& route,
             Request const& request) {
    say(text, "route", {name_of(generation, route)});
    say(text, "why", {why(route)});
    say(text, "", others_with(generation, request, Fit::admits, "matches too, but is less specific", &route));
    bool const open = route.facts.access == Access::open;
    say(text, "access",
        {open ? "PUBLIC: anybody" : "protected: 401 without an identity, and nothing is sent upstream"});
    say(text, "plugins", plugin_lines(generation));
    if (route.endpoint)
        say(text, "answer",
            {fmt::format("the plugin {} itself, nothing is sent upstream", origin_text(generation, route))});
    else say_upstream(text, generation, route, request);
}

}  // namespace

std::string explanation(proxy::Generation const& generation, Question const& question) {
    http::Arena arena;
    std::string text;
    auto const target = http::read_target(question.method, question.target, arena);
    if (!target) {
        say(text, "request", {"400: " + std::string(reason_of(errc_of(target.error(), errc::bad_target)).detail)});
        return text;
    }
    // The authority of the absolute-form replaces Host (RFC 9112, section 3.2.2).
    Request const request{question.method, *target, target->authority.empty() ? question.host : target->authority};
    say(text, "request",
        {fmt::format("{} {}{}{}", request.method, target->path, target->has_query ? "?" : "", target->query)});
    if (!request.host.empty()) say(text, "host", {std::string(request.host)});
    auto const found = generation.find(request.host, request.method, target->path);
    if (found) say_hit(text, generation, **found, request);
    else say_miss(text, generation, request, found.error());
    return text;
}

}  // namespace tollgate::server
