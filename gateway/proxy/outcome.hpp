// What a failure means: which reason the client is told and the log shows, and how the exchange ended by it. Pure; the
// one place where all of it is decided.
#pragma once

#include "base/error.hpp"
#include "plugin/exchange.hpp"

#include <string>

namespace tollgate::proxy {

// Where bytes were moving, or waited for, when it happened.
enum class Way { from_client, to_client, upstream };

// The reason behind `code`, a failure to move bytes on `way`. What an interrupt said (a drain, a revoked token, the
// total time) is its own reason.
[[nodiscard]] errc reason_of_failure(boost::system::error_code code, Way way) noexcept;

// Whether the head of the answer was on its way when it happened: then what is left is to cut it.
enum class HeadSent { no, yes };

// How an exchange ends that fails for `reason`. An answer of ours that says so is complete; one that was under way is
// not.
[[nodiscard]] plugin::Ending ending_of(errc reason, HeadSent head) noexcept;

// Whether nobody is there to read an answer that says `reason`: the client left, or takes nothing.
[[nodiscard]] bool is_unheard(errc reason) noexcept;

// The times that a route gives the service: `timeouts.*`.
enum class ServiceTime { connect, first_byte, gap, total };

// What the answer says to an exchange for which `over` was too short: the key to raise.
[[nodiscard]] std::string overdue_detail(ServiceTime over);

// What the answer says to an exchange that fails with `code` before the head of one was sent. A code that no client may
// see, and was not translated where bytes moved, is a bug: internal_error.
[[nodiscard]] errc reason_to_tell(boost::system::error_code code) noexcept;

}  // namespace tollgate::proxy
