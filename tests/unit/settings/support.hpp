// What the tests of settings/ share: an environment made of a table, errors as lines, a folder that goes away.
#pragma once

#include "settings/env.hpp"
#include "settings/node.hpp"
#include "settings/settings.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::settings::testing {

using Table = std::map<std::string, std::string>;

inline Environment environment_of(Table table, std::vector<std::filesystem::path> const& folders = {}) {
    auto const variable = [table = std::move(table)](std::string const& name) -> std::optional<std::string> {
        auto const found = table.find(name);
        return found == table.end() ? std::nullopt : std::optional(found->second);
    };
    return {variable, folders};
}

inline std::string lines(SettingsErrors const& errors) {
    std::string text;
    for (auto const& error : errors) text += error.line() + '\n';
    return text;
}

inline std::vector<ListenAddress> addresses(Settings const& settings) {
    std::vector<ListenAddress> all;
    for (auto const& listen : settings.listen) all.push_back(listen.address);
    return all;
}

inline std::string slurp(std::filesystem::path const& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

class Folder {
public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "tollgate-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    Folder(Folder const&) = delete;
    Folder& operator=(Folder const&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }

    [[nodiscard]] std::filesystem::path const& path() const { return path_; }
    void write(std::string const& name, std::string_view text) const {
        std::ofstream(path_ / name, std::ios::binary) << text;
    }

private:
    std::filesystem::path path_;
};

}  // namespace tollgate::settings::testing
