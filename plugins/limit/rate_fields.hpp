// The fields that tell a client how much it may still ask, in the names and the format of OpenAI's API, whose clients
// know what to do with them. Pure.
#pragma once

#include "http/fields.hpp"
#include "limit/gcra.hpp"

#include <chrono>
#include <string>

namespace tollgate::limit {

// x-ratelimit-limit-requests, -remaining-requests and -reset-requests. They replace what the service behind says of its
// own limits under these names: two answers to one question are none.
void set_rate_fields(http::FieldList& fields, http::Arena& arena, Level const& level);

// "12ms" below a second, then whole seconds: "1s", "6m0s", "2h0m0s". Rounded up: nobody shall come too early.
[[nodiscard]] std::string reset_text(std::chrono::nanoseconds wait);

}  // namespace tollgate::limit
