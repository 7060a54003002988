#include "base/exit_code.hpp"
#include "base/secret.hpp"
#include "server/new_file.hpp"
#include "server/verbs.hpp"

#include <fmt/format.h>

namespace tollgate::server {

int verb_keygen(std::filesystem::path const& file) {
    auto const key = make_key_text();
    if (file.empty()) {
        fmt::print("{}\n", key.reveal());
        return exit_code::done;
    }
    auto const filled = fill_if_empty(file, key.reveal());
    if (!filled) return print_error("keygen: " + filled.error());
    fmt::print("{}: {}\n", file.string(),
               *filled == Filled::written ? "a fresh secret, mode 0600" : "has a secret already, kept");
    return exit_code::done;
}

}  // namespace tollgate::server
