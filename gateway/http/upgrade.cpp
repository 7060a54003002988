#include "http/upgrade.hpp"

#include "http/hop.hpp"
#include "http/list.hpp"

#include <algorithm>
#include <array>

namespace tollgate::http {
namespace {

bool carries_requests(std::string_view protocol) noexcept {
    static constexpr std::array<std::string_view, 4> families{"h2", "h3", "http", "tls"};
    return std::ranges::any_of(families, [protocol](std::string_view family) {
        return equal_ignoring_case(protocol.substr(0, family.size()), family);
    });
}

}  // namespace

Result<std::string_view> requested_upgrade(RequestHead const& head, Framing framing) noexcept {
    if (!head.fields.may_hold(FieldName::upgrade)) return std::string_view{};
    // Refused wherever it stands: a service may act on an Upgrade that Connection does not name.
    for (auto const& field : head.fields) {
        if (field.id != FieldName::upgrade) continue;
        for (auto rest = field.value; !rest.empty();) {
            if (carries_requests(take_element(rest))) return failure(errc::upgrade_refused);
        }
    }
    if (head.minor == 0 || framing.has_body()) return std::string_view{};
    return upgrade_wanted(head.fields);
}

bool only_asks_for(std::string_view wanted, std::span<std::string const> allowed) noexcept {
    while (!wanted.empty()) {
        auto const protocol = take_element(wanted);
        auto const is_it = [protocol](std::string_view name) { return equal_ignoring_case(name, protocol); };
        if (std::ranges::none_of(allowed, is_it)) return false;
    }
    return true;
}

std::string_view accepted_upgrade(std::string_view wanted, ResponseHead const& head) noexcept {
    auto const chosen = upgrade_wanted(head.fields);
    return !chosen.empty() && list_holds(wanted, chosen) ? chosen : std::string_view{};
}

}  // namespace tollgate::http
