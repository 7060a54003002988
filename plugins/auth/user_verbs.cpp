#include "auth/user_verbs.hpp"

#include "auth/auth_settings.hpp"
#include "auth/store/sqlite_backup.hpp"
#include "auth/terminal.hpp"
#include "auth/user_commands.hpp"
#include "auth/user_transfer.hpp"
#include "base/clock.hpp"
#include "base/exit_code.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

namespace tollgate::auth {
namespace {

using plugin::Verb;
using plugin::VerbArguments;

using Action = int (*)(UserCommands& commands, std::string_view email, PasswordSource source);

// The block `users`; the reason is printed when there is none that can be read.
std::optional<UserSettings> user_settings(plugin::SettingsNode const& settings) {
    auto const block = settings["users"];
    if (!block.present()) {
        std::cerr << "tollgate: the configuration names no user store (plugins.auth.users.store)\n";
        return std::nullopt;
    }
    auto users = read_user_settings(block);
    if (!users) std::cerr << "tollgate: the configuration is wrong; `tollgate check` says where\n";
    return users;
}

std::unique_ptr<UserStore> open_store(UserSettings const& users) {
    auto store = UserStore::open(users.store);
    if (store) return std::move(*store);
    std::cerr << "tollgate: " << store.error() << '\n';
    return nullptr;
}

std::optional<PasswordSource> source_of(VerbArguments const& arguments) {
    auto const given = [&](std::string_view flag) {
        return std::ranges::find(arguments.flags, flag) != arguments.flags.end();
    };
    bool const from_input = given("--password-stdin");
    bool const generated = given("--generate");
    if (from_input && generated) return std::nullopt;
    if (from_input) return PasswordSource::standard_input;
    return generated ? PasswordSource::generated : PasswordSource::prompt;
}

template <Action action>
int run(plugin::SettingsNode settings, VerbArguments const& arguments) {
    auto const source = source_of(arguments);
    if (!source) {
        std::cerr << "tollgate: --password-stdin and --generate: give one of them\n";
        return exit_code::used_wrongly;
    }
    auto const users = user_settings(settings);
    if (!users) return exit_code::failed;
    auto const store = open_store(*users);
    if (!store) return exit_code::failed;
    Console console{std::cout, std::cerr, std::cin, ask_on_terminal};
    SystemClock const clock;
    UserCommands commands(*store, console, users->bcrypt_cost, clock);
    return action(commands, arguments.positionals.empty() ? std::string_view() : arguments.positionals.front(),
                  *source);
}

int add(UserCommands& commands, std::string_view email, PasswordSource source) { return commands.add(email, source); }
int passwd(UserCommands& commands, std::string_view email, PasswordSource source) {
    return commands.set_password(email, source);
}
int disable(UserCommands& commands, std::string_view email, PasswordSource) {
    return commands.set_standing(email, Standing::disabled);
}
int enable(UserCommands& commands, std::string_view email, PasswordSource) {
    return commands.set_standing(email, Standing::enabled);
}
int remove_user(UserCommands& commands, std::string_view email, PasswordSource) { return commands.remove(email); }
int show(UserCommands& commands, std::string_view email, PasswordSource) { return commands.show(email); }
int list(UserCommands& commands, std::string_view, PasswordSource) { return commands.list(); }

int move_out(plugin::SettingsNode settings, VerbArguments const&) {
    auto const users = user_settings(settings);
    auto const store = users ? open_store(*users) : nullptr;
    return store ? export_users(*store, std::cout, std::cerr) : exit_code::failed;
}

int move_in(plugin::SettingsNode settings, VerbArguments const&) {
    auto const users = user_settings(settings);
    auto const store = users ? open_store(*users) : nullptr;
    return store ? import_users(*store, std::cin, std::cout, std::cerr, SystemClock().unix_seconds())
                 : exit_code::failed;
}

int backup(plugin::SettingsNode settings, VerbArguments const& arguments) {
    auto const users = user_settings(settings);
    if (!users) return exit_code::failed;
    if (users->store.engine != Engine::sqlite) {
        std::cerr << "tollgate: this copies an SQLite store; of a PostgreSQL database pg_dump makes backups\n";
        return exit_code::failed;
    }
    auto const done = back_up_sqlite(users->store.file, arguments.positionals.front());
    if (!done) std::cerr << "tollgate: " << done.error() << '\n';
    return done ? exit_code::done : exit_code::failed;
}

}  // namespace

std::vector<Verb> user_verbs() {
    std::vector<std::pair<std::string, std::string>> const sources{
        {"--password-stdin", "read the password from standard input"},
        {"--generate", "make a password and print it once"},
    };
    return {
        {{"user", "add"}, "add a user; asks for a password", {"EMAIL"}, sources, run<add>},
        {{"user", "list"}, "list all users", {}, {}, run<list>},
        {{"user", "show"}, "show one user", {"EMAIL"}, {}, run<show>},
        {{"user", "disable"}, "refuse a user and end older tokens", {"EMAIL"}, {}, run<disable>},
        {{"user", "enable"}, "admit a disabled user again", {"EMAIL"}, {}, run<enable>},
        {{"user", "passwd"}, "give a user another password and end older tokens", {"EMAIL"}, sources, run<passwd>},
        {{"user", "remove"}, "remove a user for good", {"EMAIL"}, {}, run<remove_user>},
        {{"user", "export"}, "print all users, with their hashes, as lines of JSON", {}, {}, move_out},
        {{"user", "import"}, "add users from standard input: such lines, or CSV with email,hash", {}, {}, move_in},
        {{"backup"}, "copy an SQLite store of users to FILE while it is in use", {"FILE"}, {}, backup},
    };
}

}  // namespace tollgate::auth
