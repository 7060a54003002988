// Where the values of `${NAME}` come from: the environment of the process, then the `.env` files of some folders, in
// their order. `NAME_FILE` in any of them names a file that holds the value (container secrets; one trailing newline is
// dropped; a relative path starts at the `.env` that says it). Read anew for every load of the configuration; values
// are secrets and never in an error.
#pragma once

#include "base/secret.hpp"
#include "settings/dotenv.hpp"
#include "settings/node.hpp"

#include <cstddef>
#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::settings {

inline constexpr std::size_t most_variable_bytes = 64 * 1024;  // of a value, of a secret file and of a `.env`

class Environment {
public:
    // A variable of the process, as std::getenv finds it.
    using Variable = std::function<std::optional<std::string>(std::string const& name)>;

    Environment(Variable variable, std::vector<std::filesystem::path> const& folders);

    // That of this process, with `.env` in `folder` and then in the working directory.
    [[nodiscard]] static Environment of_process(std::filesystem::path const& folder);

    struct Found {
        std::optional<Secret> value;
        std::string problem;  // not empty: a value that cannot be used, as a sentence
        std::string places;   // where it was looked for: "environment, ./.env (not found), /etc/tollgate/.env (set)"
    };

    // The value of `name`. Set to nothing is set; with `name`_FILE set, though, only the latter counts.
    [[nodiscard]] Found find(std::string const& name) const;

    // What is wrong with the `.env` files.
    [[nodiscard]] SettingsErrors const& errors() const noexcept { return errors_; }

private:
    struct File {
        std::string shown;
        std::filesystem::path folder;
        bool exists = false;
        std::vector<std::pair<std::string, Secret>> values;
    };
    struct Place {
        Secret value;
        std::size_t index;  // 0: the environment; else a file
    };
    [[nodiscard]] std::optional<Place> locate(std::string const& name) const;
    [[nodiscard]] std::string places(std::optional<std::size_t> set_at = {}, std::string const& set = {}) const;
    void read(std::filesystem::path const& folder);

    Variable variable_;
    std::vector<File> files_;
    SettingsErrors errors_;
};

}  // namespace tollgate::settings
