// The counters of this family, looked up once when the plugin is made, so that the hot path only adds.
#pragma once

#include "base/error.hpp"
#include "plugin/services.hpp"

#include <array>
#include <cstddef>

namespace tollgate::auth {

enum class Admission { cached, verified, in_grace };

// tollgate_auth_decisions_total{result="admitted"|"refused", reason}
class Decisions {
public:
    explicit Decisions(plugin::Services& services);

    void admitted(Admission how) const noexcept { admitted_[static_cast<std::size_t>(how)]->add(); }
    void refused(errc reason) const noexcept;

private:
    static constexpr std::size_t codes = static_cast<std::size_t>(errc::cancelled) + 1;
    std::array<plugin::Counter*, 3> admitted_;
    std::array<plugin::Counter*, codes> refused_;  // by errc; what is not listed counts as internal_error
};

enum class LoginResult { admitted, bad_credentials, too_many_attempts, malformed, unavailable };

// tollgate_logins_total{result}
class Logins {
public:
    explicit Logins(plugin::Services& services);

    void count(LoginResult result) const noexcept { results_[static_cast<std::size_t>(result)]->add(); }

private:
    std::array<plugin::Counter*, 5> results_;
};

}  // namespace tollgate::auth
