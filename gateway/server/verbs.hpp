// The verbs of the command line, one file each. A verb prints to stdout what was asked for and to stderr what went
// wrong, and returns the exit code (base/exit_code.hpp). They are called once, on the main thread, by cli.cpp.
#pragma once

#include "plugin/plugin.hpp"
#include "server/configuration.hpp"
#include "server/process.hpp"

#include <filesystem>
#include <string>

namespace tollgate::server {

// Serves until a signal says stop.
[[nodiscard]] int verb_run(std::filesystem::path const& file, Plugins plugins, CoreDumps core_dumps);

// Every error of the file, or one line that it has none.
[[nodiscard]] int verb_check(std::filesystem::path const& file, Plugins plugins);

// The table of all routes, those of plugins included.
[[nodiscard]] int verb_routes(std::filesystem::path const& file, Plugins plugins);

struct ExplainOptions {
    std::string method;  // a token
    std::string target;
    std::string host;  // empty, or a valid Host header
};
[[nodiscard]] int verb_explain(std::filesystem::path const& file, Plugins plugins, ExplainOptions const& options);

struct InitOptions {
    std::string upstream;  // a URL
    std::filesystem::path folder = ".";
};
// Writes tollgate.yaml and .env; never over a file that exists.
[[nodiscard]] int verb_init(InitOptions const& options);

// Prints a fresh secret, or writes it to `file` (not empty) unless there is one already.
[[nodiscard]] int verb_keygen(std::filesystem::path const& file);

// Asks the running gateway for /livez.
[[nodiscard]] int verb_health(std::filesystem::path const& file);

[[nodiscard]] int verb_version();

// A verb that a plugin declares, with the block of the plugin as its settings. A mistake elsewhere in the file does not
// matter; all mistakes are shown when the verb finds one in what it reads.
[[nodiscard]] int verb_of_plugin(std::filesystem::path const& file, std::string const& plugin, plugin::Verb const& verb,
                                 plugin::VerbArguments const& arguments);

}  // namespace tollgate::server
