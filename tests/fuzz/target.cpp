// A request target: `METHOD SPACE TARGET`. What is accepted has one form, in which nothing is hidden.
#include "http/target.hpp"

#include "fuzz/fuzz.hpp"
#include "fuzz/path.hpp"
#include "fuzz/targets.hpp"
#include "http/framing.hpp"

#include <algorithm>
#include <string>

namespace tollgate::fuzz {

void try_target(std::string_view input) {
    auto const method = input.substr(0, input.find(' '));
    auto const raw = input.substr(std::min(method.size() + 1, input.size()));
    FencedArena arena;
    auto const target = http::read_target(method, raw, arena);
    if (!target) return require(target.error() == errc::bad_target, "a refusal says bad_target");

    if (target->path == "*") require(method == "OPTIONS" && !target->has_query, "only OPTIONS asks the server itself");
    else check_path(target->path);
    require(is_visible(target->query), "a query holds visible ASCII");
    require(target->has_query || target->query.empty(), "what is no query is empty");
    require(target->authority.empty() || http::is_host(target->authority), "an authority is a host");

    auto const written = std::string(target->path) + (target->has_query ? "?" : "") + std::string(target->query);
    auto const again = http::read_target(method, written, arena);
    require(
        again && again->path == target->path && again->query == target->query && again->has_query == target->has_query,
        "what was written is read as the same");
}

}  // namespace tollgate::fuzz
