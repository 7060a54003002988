// What the verbs `tollgate user ...` do, on a store that is open and with streams that a test can read. Hashes
// directly, without a pool.
#pragma once

#include "auth/store/users.hpp"
#include "base/clock.hpp"
#include "base/secret.hpp"

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::auth {

struct Console {
    std::ostream& out;
    std::ostream& err;
    std::istream& in;
    std::function<std::optional<Secret>(std::string_view prompt)>
        ask;  // without echo; nothing: no terminal, or given up
};

enum class PasswordSource { prompt, standard_input, generated };

// Each returns the exit code: 0 done, 1 failed. `typed`: an email as it was typed.
class UserCommands {
public:
    // All outlive it. The clock is asked when something is changed: whoever types a password takes his time, and tokens
    // that were made meanwhile are over too.
    UserCommands(UserStore& store, Console& console, unsigned bcrypt_cost, Clock const& clock)
        : store_(store), console_(console), bcrypt_cost_(bcrypt_cost), clock_(clock) {}

    int add(std::string_view typed, PasswordSource source);
    int set_password(std::string_view typed, PasswordSource source);
    int set_standing(std::string_view typed, Standing standing);
    int remove(std::string_view typed);
    int show(std::string_view typed);
    int list();

private:
    [[nodiscard]] int failed(std::string_view why);
    [[nodiscard]] std::optional<User> find(std::string_view typed);
    [[nodiscard]] std::optional<Secret> read_password(PasswordSource source);
    [[nodiscard]] std::optional<std::string> new_hash(PasswordSource source, std::optional<Secret>& generated);
    [[nodiscard]] int changed(Result<bool> const& done, User const& user, std::string_view what);

    UserStore& store_;
    Console& console_;
    unsigned bcrypt_cost_;
    Clock const& clock_;
};

}  // namespace tollgate::auth
