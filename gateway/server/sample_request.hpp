// A request such as a client might make to be taken for somebody else, and what the gateway would make of it for the
// service: for `explain`. Goes through the same code as real requests; only the values of configured headers are
// replaced by what may be shown. Pure.
#pragma once

#include "http/target.hpp"
#include "proxy/generation.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tollgate::server {

struct SampleSent {
    std::vector<std::string> head;      // the lines of the request head that the service gets
    std::vector<std::string> removed;   // names of the client's fields that it does not get
    std::vector<std::string> replaced;  // names of those that it gets with another value
};

// `route` leads to an upstream. `host` may be empty.
[[nodiscard]] SampleSent sample_sent(proxy::Generation const& generation, proxy::Route const& route,
                                     std::string_view method, http::Target const& target, std::string_view host);

// The user and the client of the sample.
inline constexpr std::string_view sample_user_id = "1";
inline constexpr std::string_view sample_user_email = "user@example.com";
inline constexpr std::string_view sample_client = "203.0.113.7";

}  // namespace tollgate::server
