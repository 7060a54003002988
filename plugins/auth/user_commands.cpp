#include "auth/user_commands.hpp"

#include "auth/email.hpp"
#include "auth/password.hpp"
#include "auth/store/pages.hpp"
#include "base/base64url.hpp"
#include "base/exit_code.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstddef>
#include <ctime>
#include <istream>
#include <ostream>
#include <utility>

namespace tollgate::auth {
namespace {

constexpr std::size_t generated_bytes = 18;
constexpr std::size_t most_input_bytes = 4096;
constexpr std::string_view no_answer = "the user store does not answer";

std::string date_of(std::int64_t unix_seconds) {
    return unix_seconds == 0
               ? "never"
               : fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(static_cast<std::time_t>(unix_seconds)));
}

std::string_view word_of(Standing standing) { return standing == Standing::enabled ? "enabled" : "disabled"; }

// All of `in`, without one newline at its end.
Secret read_all(std::istream& in) {
    std::string text(most_input_bytes, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    return Secret(std::move(text));
}

// "2b 12" for "$2b$12": a scheme, not to be mistaken for the beginning of a hash.
std::string spelled_out(std::string scheme) {
    std::ranges::replace(scheme, '$', ' ');
    return scheme.substr(std::min(scheme.find_first_not_of(' '), scheme.size()));
}

}  // namespace

int UserCommands::failed(std::string_view why) {
    console_.err << "tollgate: " << why << '\n';
    return exit_code::failed;
}

std::optional<User> UserCommands::find(std::string_view typed) {
    auto const found = store_.find_by_email(typed);
    if (!found) {
        (void)failed(no_answer);
        return std::nullopt;
    }
    if (!*found) (void)failed(fmt::format("There is no user {}", lowered_email(typed)));
    return *found;
}

std::optional<Secret> UserCommands::read_password(PasswordSource source) {
    if (source == PasswordSource::generated) return Secret(base64url::encode(random_bytes(generated_bytes)));
    if (source == PasswordSource::standard_input) return read_all(console_.in);
    auto first = console_.ask("Password: ");
    if (!first) {
        (void)failed(
            "no password: there is no terminal to ask on (--password-stdin, --generate), or it was interrupted");
        return std::nullopt;
    }
    if (auto const why = password::problem_with(first->reveal()))
        return first;  // said by the caller, before it is typed again
    auto const second = console_.ask("Again: ");
    if (second && equal_in_constant_time(first->reveal(), second->reveal())) return first;
    (void)failed("the passwords differ");
    return std::nullopt;
}

std::optional<std::string> UserCommands::new_hash(PasswordSource source, std::optional<Secret>& generated) {
    auto password = read_password(source);
    if (!password) return std::nullopt;
    auto problem = password::problem_with(password->reveal());
    if (!problem && password->reveal().find_first_of("\r\n") != std::string_view::npos)
        problem = "a password is one line";
    if (problem) {
        (void)failed(*problem);
        return std::nullopt;
    }
    auto hash = password::make_hash(password->reveal(), bcrypt_cost_);
    if (!hash) {
        (void)failed("the password library refuses to hash");
        return std::nullopt;
    }
    if (source == PasswordSource::generated) generated = std::move(password);
    return std::move(*hash);
}

int UserCommands::add(std::string_view typed, PasswordSource source) {
    auto const email = folded_email(typed);
    if (auto const problem = problem_with_email(email)) return failed(*problem);
    auto const known = store_.find_by_email(typed);  // before a password is asked for
    if (!known) return failed(no_answer);
    if (*known) return failed("User already exists");

    std::optional<Secret> generated;
    auto const hash = new_hash(source, generated);
    if (!hash) return exit_code::failed;
    auto const id = store_.add(email, *hash, clock_.unix_seconds());
    if (!id) return failed(no_answer);
    if (!*id) return failed("User already exists");
    console_.out << fmt::format("User {} ({}) added\n", **id, email);
    if (generated) console_.out << "Password: " << generated->reveal() << '\n';
    return exit_code::done;
}

int UserCommands::set_password(std::string_view typed, PasswordSource source) {
    auto const user = find(typed);
    if (!user) return exit_code::failed;
    std::optional<Secret> generated;
    auto const hash = new_hash(source, generated);
    if (!hash) return exit_code::failed;
    auto const code = changed(store_.set_password(user->id, *hash, clock_.unix_seconds()), *user,
                              "has a new password; older tokens are over");
    if (code == exit_code::done && generated) console_.out << "Password: " << generated->reveal() << '\n';
    return code;
}

int UserCommands::set_standing(std::string_view typed, Standing standing) {
    auto const user = find(typed);
    if (!user) return exit_code::failed;
    return changed(store_.set_standing(user->id, standing, clock_.unix_seconds()), *user,
                   standing == Standing::enabled ? "is enabled" : "is disabled; older tokens are over");
}

int UserCommands::remove(std::string_view typed) {
    auto const user = find(typed);
    if (!user) return exit_code::failed;
    return changed(store_.remove(user->id, clock_.unix_seconds()), *user, "is removed");
}

int UserCommands::changed(Result<bool> const& done, User const& user, std::string_view what) {
    if (!done) return failed(no_answer);
    if (!*done) return failed(fmt::format("There is no user {}", user.email));
    console_.out << fmt::format("User {} ({}) {}\n", user.id, user.email, what);
    return exit_code::done;
}

int UserCommands::show(std::string_view typed) {
    auto const user = find(typed);
    if (!user) return exit_code::failed;
    console_.out << fmt::format(
        "id:             {}\nemail:          {}\nstate:          {}\ncreated:        {}\npassword:       {}\ntokens "
        "since:   {}\n",
        user->id, user->email, word_of(user->standing), date_of(user->created_at),
        spelled_out(password::scheme_of(user->password_hash)), date_of(user->tokens_changed_at));
    return exit_code::done;
}

int UserCommands::list() {
    console_.out << fmt::format("{:>6}  {:<8}  {:<23}  {}\n", "ID", "STATE", "CREATED", "EMAIL");
    auto const listed = each_user(store_, [&](User const& user) {
        console_.out << fmt::format("{:>6}  {:<8}  {:<23}  {}\n", user.id, word_of(user.standing),
                                    date_of(user.created_at), user.email);
    });
    return listed ? exit_code::done : failed(no_answer);
}

}  // namespace tollgate::auth
