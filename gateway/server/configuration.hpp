// The configuration as the verbs want it: which file is meant, and all that stands in it, checked. Prints errors for
// the operator.
#pragma once

#include "plugin/plugin.hpp"
#include "plugin/services.hpp"
#include "proxy/generation.hpp"
#include "settings/settings.hpp"

#include <expected>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace tollgate::server {

using Plugins = std::span<plugin::PluginType const>;

// `given` (what --config says) when it is not empty, then `from_environment` (TOLLGATE_CONFIG, may be null), then the
// first of ./tollgate.yaml and /etc/tollgate/tollgate.yaml that exists. The error is one line that names these
// places.
[[nodiscard]] std::expected<std::filesystem::path, std::string> configuration_file(std::string const& given,
                                                                                   char const* from_environment);

// Of the files for TLS that a configuration names. Ignored: `routes` and `explain` work where the files are not.
enum class FilesForTls { read, ignored };

// The generation that `file` describes, nothing opened, or all errors: of the file, of the plugins and of the files for
// TLS. `services` outlives it.
[[nodiscard]] settings::Checked<std::shared_ptr<proxy::Generation>> load_generation(std::filesystem::path const& file,
                                                                                    Plugins plugins,
                                                                                    plugin::Services& services,
                                                                                    FilesForTls files);

// One line each on stderr, with the name of the program where there is no file's. Returns the exit code: failed.
int print_errors(settings::SettingsErrors const& errors);
int print_error(std::string const& line);

}  // namespace tollgate::server
