#include "base/exit_code.hpp"
#include "server/verbs.hpp"
#include "settings/document.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate::server {

int verb_of_plugin(std::filesystem::path const& file, std::string const& plugin, plugin::Verb const& verb,
                   plugin::VerbArguments const& arguments) {
    auto const loaded = settings::load_with_errors(file);
    if (!loaded) return print_errors(loaded.error());
    auto const block =
        std::ranges::find(loaded->settings.plugins, plugin, [](auto const& entry) { return entry.first; });
    if (block == loaded->settings.plugins.end())
        return print_error(fmt::format("{} has no block `plugins.{}`", file.string(), plugin));

    auto const errors_before = loaded->document->errors().size();
    int const code = verb.run(block->second, arguments);
    if (auto const errors = loaded->document->errors(); errors.size() > errors_before) print_errors(errors);
    return code;
}

}  // namespace tollgate::server
