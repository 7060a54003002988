// What a failure means: which reason the client is told and the log shows, and how the exchange ended by it. Pure; the
// one place where both are decided.
#pragma once

#include "base/error.hpp"
#include "plugin/exchange.hpp"

namespace tollgate::proxy {

// Where bytes were moving, or waited for, when it happened.
enum class Way { from_client, to_client, upstream };

// The reason behind `code`, a failure to move bytes on `way`. What an interrupt said (a drain, a revoked token, the
// total time) is its own reason.
[[nodiscard]] errc reason_of_failure(boost::system::error_code code, Way way) noexcept;

// How an exchange ends that fails for `reason`. An answer of ours that says so is complete.
[[nodiscard]] plugin::Ending ending_of(errc reason) noexcept;

}  // namespace tollgate::proxy
