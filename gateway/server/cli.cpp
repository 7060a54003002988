#include "server/cli.hpp"

#include "base/exit_code.hpp"
#include "http/fields.hpp"
#include "http/framing.hpp"
#include "server/verbs.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace tollgate {
namespace {

using namespace server;

// The verbs as CLI11 sees them. Parsing chooses one of them; it runs afterwards, so that what it throws is never
// taken for a wrong use.
class CommandLine {
public:
    explicit CommandLine(Plugins plugins);
    CommandLine(CommandLine const&) = delete;
    CommandLine& operator=(CommandLine const&) = delete;

    [[nodiscard]] int run(int argc, char** argv);

private:
    using OfFile = std::function<int(std::filesystem::path const&)>;

    CLI::App* add(std::string const& name, std::string const& summary) { return app_.add_subcommand(name, summary); }
    void choose_by(CLI::App* verb, std::function<int()> run);
    void choose_by_file(CLI::App* verb, OfFile run);

    void add_serving_verbs(Plugins plugins);
    void add_explain(Plugins plugins);
    void add_init();
    void add_keygen();
    void add_plugin_verb(std::string const& plugin, plugin::Verb const& verb);

    CLI::App app_;
    std::function<int()> chosen_;
};

CommandLine::CommandLine(Plugins plugins)
    : app_("Tollgate: a gateway that logs users in and lets only them through to an AI service.", "tollgate") {
    app_.require_subcommand(1);
    add_serving_verbs(plugins);
    add_explain(plugins);
    add_init();
    add_keygen();
    choose_by_file(add("health", "Ask the running gateway for /livez at its metrics address"), verb_health);
    choose_by(add("version", "Print the version, and those of the compiler and the libraries"), verb_version);
    for (auto const& plugin : plugins) {
        for (auto const& verb : plugin.verbs) add_plugin_verb(plugin.name, verb);
    }
}

void CommandLine::choose_by(CLI::App* verb, std::function<int()> run) {
    verb->final_callback([this, run = std::move(run)] { chosen_ = run; });
}

// The verb works on a configuration file, and has --config.
void CommandLine::choose_by_file(CLI::App* verb, OfFile run) {
    auto const given = std::make_shared<std::string>();
    verb->add_option("--config", *given,
                     "The configuration (else TOLLGATE_CONFIG, ./tollgate.yaml, /etc/tollgate/tollgate.yaml)")
        ->type_name("FILE");
    choose_by(verb, [given, run = std::move(run)] {
        auto const file = configuration_file(*given, std::getenv("TOLLGATE_CONFIG"));
        return file ? run(*file) : print_error(file.error());
    });
}

void CommandLine::add_serving_verbs(Plugins plugins) {
    auto* const run_verb = add("run", "Serve");
    auto const allows_cores = std::make_shared<bool>(false);
    run_verb->add_flag("--allow-core-dumps", *allows_cores,
                       "Let the system write core dumps and attach debuggers: they hold keys and tokens");
    choose_by_file(run_verb, [plugins, allows_cores](auto const& file) {
        return verb_run(file, plugins, *allows_cores ? CoreDumps::allowed : CoreDumps::forbidden);
    });
    choose_by_file(add("check", "Print every error of the configuration"),
                   [plugins](auto const& file) { return verb_check(file, plugins); });
    choose_by_file(add("routes", "Print the table of routes"),
                   [plugins](auto const& file) { return verb_routes(file, plugins); });
}

// What CLI11 calls a check: the reason for a refusal, or nothing.
std::string method_error(std::string const& text) {
    return http::is_token(text) ? "" : "a method is a word such as GET";
}
std::string host_error(std::string const& text) {
    return http::is_host(text) ? "" : "expected a Host header such as api.example.com";
}

void CommandLine::add_explain(Plugins plugins) {
    auto* const verb = add("explain", "Print what would happen to a request: which route, why, what is sent upstream");
    auto const options = std::make_shared<ExplainOptions>();
    verb->add_option("METHOD", options->method, "Such as POST")->required()->type_name("")->check(method_error);
    verb->add_option("TARGET", options->target, "Path and query, such as /generate?n=1")->required()->type_name("");
    verb->add_option("--host", options->host, "The Host header of the request")->type_name("HOST")->check(host_error);
    choose_by_file(verb, [plugins, options](auto const& file) { return verb_explain(file, plugins, *options); });
}

void CommandLine::add_init() {
    auto* const verb = add("init",
                           "Write tollgate.yaml and .env for a service, from its /openapi.json where there is one; "
                           "never over existing files");
    auto const options = std::make_shared<InitOptions>();
    verb->add_option("--upstream", options->upstream, "The service, such as http://127.0.0.1:8000")
        ->required()
        ->type_name("URL");
    verb->add_option("--dir", options->folder, "Where to write (else the working directory)")->type_name("FOLDER");
    choose_by(verb, [options] { return verb_init(*options); });
}

void CommandLine::add_keygen() {
    auto* const verb = add("keygen", "Print a fresh secret for JWT_SECRET");
    auto const file = std::make_shared<std::filesystem::path>();
    verb->add_option("--if-missing", *file, "Write it to FILE (mode 0600) instead, unless FILE has content")
        ->type_name("FILE");
    choose_by(verb, [file] { return verb_keygen(*file); });
}

CLI::App* find_verb(CLI::App& group, std::string const& word) {
    auto const found = group.get_subcommands([&word](CLI::App* verb) { return verb->get_name() == word; });
    return found.empty() ? nullptr : found.front();
}

// The place of a plugin's verb: {"user", "add"} is `add` in the group `user`, which several plugins may share.
CLI::App& add_nested(CLI::App& app, plugin::Verb const& verb) {
    CLI::App* group = &app;
    for (std::size_t i = 0; i + 1 < verb.words.size(); ++i) {
        auto* known = find_verb(*group, verb.words[i]);
        if (known && known->get_require_subcommand_min() == 0)
            throw std::logic_error("a plugin's verb stands below the verb " + verb.words[i]);
        if (!known) known = group->add_subcommand(verb.words[i]);
        auto const& next = verb.words[i + 1];
        if (!find_verb(*known, next))
            known->description(known->get_description().empty() ? next : known->get_description() + ", " + next);
        known->require_subcommand(1);
        group = known;
    }
    if (find_verb(*group, verb.words.back())) throw std::logic_error("two verbs are called " + verb.words.back());
    return *group->add_subcommand(verb.words.back(), verb.summary);
}

void CommandLine::add_plugin_verb(std::string const& plugin, plugin::Verb const& verb) {
    auto& place = add_nested(app_, verb);
    auto const positionals = std::make_shared<std::vector<std::string>>(verb.positionals.size());
    for (std::size_t i = 0; i < verb.positionals.size(); ++i) {
        place.add_option(verb.positionals[i], (*positionals)[i])->required()->type_name("");
    }
    auto const flags = std::make_shared<std::vector<CLI::Option*>>();
    for (auto const& [name, summary] : verb.flags) flags->push_back(place.add_flag(name, summary));

    choose_by_file(&place, [plugin, &verb, positionals, flags](auto const& file) {
        plugin::VerbArguments arguments{.positionals = *positionals, .flags = {}};
        for (std::size_t i = 0; i < flags->size(); ++i) {
            if ((*flags)[i]->count() > 0) arguments.flags.push_back(verb.flags[i].first);
        }
        return verb_of_plugin(file, plugin, verb, arguments);
    });
}

int CommandLine::run(int argc, char** argv) {
    if (argc <= 1) {
        fmt::print(stderr, "{}", app_.help());
        return exit_code::used_wrongly;
    }
    try {
        app_.parse(argc, argv);
    } catch (CLI::ParseError const& refused) {
        return app_.exit(refused) == 0 ? exit_code::done : exit_code::used_wrongly;
    }
    return chosen_();
}

}  // namespace

int run(int argc, char** argv, std::vector<plugin::PluginType> plugins) {
    try {
        CommandLine command_line(plugins);
        int const code = command_line.run(argc, argv);
        bool const printed = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
        return printed || code != exit_code::done ? code : print_error("cannot write to stdout");
    } catch (std::exception const& bug) {
        return print_error(bug.what());
    }
}

}  // namespace tollgate
