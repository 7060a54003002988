#include "base/exit_code.hpp"
#include "server/check_services.hpp"
#include "server/explanation.hpp"
#include "server/verbs.hpp"

#include <fmt/format.h>

namespace tollgate::server {

int verb_explain(std::filesystem::path const& file, Plugins plugins, ExplainOptions const& options) {
    CheckServices services;
    auto const generation = load_generation(file, plugins, services, FilesForTls::ignored);
    if (!generation) return print_errors(generation.error());
    fmt::print("{}",
               explanation(**generation, {.method = options.method, .target = options.target, .host = options.host}));
    return exit_code::done;
}

}  // namespace tollgate::server
