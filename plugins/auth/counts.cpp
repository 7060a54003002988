#include "auth/counts.hpp"

#include <string>
#include <string_view>

namespace tollgate::auth {
namespace {

constexpr std::array refusals{
    errc::no_token,          errc::bad_token,     errc::token_expired, errc::token_not_yet_valid,
    errc::bad_signature,     errc::token_revoked, errc::user_unknown,  errc::user_disabled,
    errc::store_unavailable, errc::queue_full,    errc::internal_error};

plugin::Counter* decision(plugin::Services& services, std::string_view result, std::string_view reason) {
    return &services.counter("auth_decisions", "Requests to protected routes, by what was decided about their token.",
                             {{"result", std::string(result)}, {"reason", std::string(reason)}});
}

}  // namespace

Decisions::Decisions(plugin::Services& services)
    : admitted_{decision(services, "admitted", "cached"), decision(services, "admitted", "verified"),
                decision(services, "admitted", "in_grace")} {
    refused_.fill(decision(services, "refused", reason_of(errc::internal_error).word));
    for (auto const code : refusals)
        refused_[static_cast<std::size_t>(code)] = decision(services, "refused", reason_of(code).word);
}

void Decisions::refused(errc reason) const noexcept { refused_[static_cast<std::size_t>(reason)]->add(); }

Logins::Logins(plugin::Services& services) {
    constexpr std::array<std::string_view, 5> words{"admitted", "bad_credentials", "too_many_attempts", "malformed",
                                                    "unavailable"};
    for (std::size_t i = 0; i < words.size(); ++i) {
        results_[i] =
            &services.counter("logins", "Attempts to log in, by outcome.", {{"result", std::string(words[i])}});
    }
}

}  // namespace tollgate::auth
