#include "plugin/exchange.hpp"

#include <array>

namespace tollgate::plugin {

std::string_view word_of(Ending ending) noexcept {
    static constexpr std::array<std::string_view, 8> words{"complete", "client_gone", "upstream_failed", "timed_out",
                                                           "drained",  "revoked",     "cut_by_plugin",   "refused"};
    return words[static_cast<std::size_t>(ending)];
}

}  // namespace tollgate::plugin
