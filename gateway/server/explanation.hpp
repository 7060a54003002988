// What the gateway would do with a request, as text for a person: which route and why, which plugins, what would be
// sent upstream. Nothing is asked or sent; what is shown comes from the code that serves, with values made up for one
// client. Secrets appear as ${NAME}.
#pragma once

#include "proxy/generation.hpp"

#include <string>
#include <string_view>

namespace tollgate::server {

struct Question {
    std::string_view method;
    std::string_view target;  // as a client would send it
    std::string_view host;    // may be empty
};

// Several lines, the last one ended.
[[nodiscard]] std::string explanation(proxy::Generation const& generation, Question const& question);

}  // namespace tollgate::server
