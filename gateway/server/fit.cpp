#include "server/fit.hpp"

#include <boost/algorithm/string/case_conv.hpp>

#include <locale>
#include <span>
#include <string>

namespace tollgate::server {
namespace {

Fit asked(route::Pattern const& pattern, std::string_view host, std::string_view method, std::string_view path) {
    auto const router = route::Router::create(std::span(&pattern, 1));
    if (!router) return Fit::none;  // one pattern is never in conflict
    auto const found = router->find(host, method, path);
    if (found) return Fit::admits;
    return found.error().miss == route::Miss::method_not_allowed ? Fit::other_method : Fit::none;
}

std::string without_or_with_slash(std::string_view path) {
    if (path == "/") return std::string(path);
    return std::string(path.ends_with('/') ? path.substr(0, path.size() - 1) : path) + (path.ends_with('/') ? "" : "/");
}

std::string lower(std::string_view text) {
    return boost::algorithm::to_lower_copy(std::string(text), std::locale::classic());
}

}  // namespace

Fit fit_of(route::Pattern const& pattern, std::string_view host, std::string_view method, std::string_view path) {
    if (auto const fit = asked(pattern, host, method, path); fit != Fit::none) return fit;

    auto changed = pattern;
    changed.host.clear();
    if (asked(changed, host, method, path) != Fit::none) return Fit::other_host;

    if (asked(pattern, host, method, without_or_with_slash(path)) != Fit::none) return Fit::other_slash;

    changed = pattern;
    changed.path = lower(pattern.path);
    if (asked(changed, host, method, lower(path)) != Fit::none) return Fit::other_case;
    return Fit::none;
}

}  // namespace tollgate::server
