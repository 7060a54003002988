#include "settings/env.hpp"

#include "base/file.hpp"

#include <algorithm>
#include <cstdlib>
#include <system_error>

namespace tollgate::settings {
namespace {

namespace fs = std::filesystem;

// Editors and `echo` end a file with a newline that is no part of the secret.
void drop_newline(std::string& text) {
    if (!text.ends_with('\n')) return;
    text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
}

}  // namespace

Environment::Environment(Variable variable, std::vector<fs::path> const& folders) : variable_(std::move(variable)) {
    for (auto const& folder : folders) {
        auto const here = folder.empty() ? fs::path(".") : folder;
        std::error_code ignored;  // a folder that cannot be compared is another one
        auto const same = [&](File const& file) {
            return file.folder == here || fs::equivalent(file.folder, here, ignored);
        };
        if (std::ranges::none_of(files_, same)) read(here);
    }
}

Environment Environment::of_process(fs::path const& folder) {
    auto const variable = [](std::string const& name) -> std::optional<std::string> {
        char const* const value = std::getenv(name.c_str());
        return value ? std::optional<std::string>(value) : std::nullopt;
    };
    return {variable, {folder, "."}};
}

void Environment::read(fs::path const& folder) {
    auto const path = folder / ".env";
    File file{.shown = path.string(), .folder = folder, .exists = false, .values = {}};
    std::error_code error;
    if (fs::status(path, error).type() != fs::file_type::not_found) {
        file.exists = true;
        if (auto text = read_file(path, most_variable_bytes)) {
            auto parsed = parse_dotenv(*text, file.shown);
            wipe(*text);
            file.values = std::move(parsed.values);
            std::ranges::move(parsed.errors, std::back_inserter(errors_));
        } else {
            errors_.push_back({{file.shown, 0, 0}, text.error()});
        }
    }
    files_.push_back(std::move(file));
}

std::optional<Environment::Place> Environment::locate(std::string const& name) const {
    if (auto value = variable_(name)) return Place{Secret(std::move(*value)), 0};
    for (std::size_t i = 0; i < files_.size(); ++i) {
        for (auto const& [key, value] : files_[i].values) {
            if (key == name) return Place{value.clone(), i + 1};
        }
    }
    return std::nullopt;
}

std::string Environment::places(std::optional<std::size_t> set_at, std::string const& set) const {
    auto const note = [&](std::size_t index) { return set_at == index ? " (" + set + ")" : std::string(); };
    auto text = "environment" + note(0);
    for (std::size_t i = 0; i < files_.size(); ++i) {
        text += ", " + files_[i].shown + (files_[i].exists ? note(i + 1) : " (not found)");
    }
    return text;
}

Environment::Found Environment::find(std::string const& name) const {
    auto plain = locate(name);
    auto file = locate(name + "_FILE");
    // Compose files often hand an unset variable on as an empty one.
    if (file && file->value.empty()) file.reset();
    if (plain && plain->value.empty() && file) plain.reset();

    if (plain && file) return {{}, name + " and " + name + "_FILE are both set: keep one of them", places()};
    if (plain) {
        if (plain->value.size() > most_variable_bytes) return {{}, name + " is larger than 64 KiB", places()};
        return {std::move(plain->value), {}, places(plain->index, "set")};
    }
    if (!file) return {{}, {}, places()};

    fs::path path(file->value.reveal());
    if (path.is_relative() && file->index > 0) path = files_[file->index - 1].folder / path;
    auto text = read_file(path, most_variable_bytes);
    auto where = places(file->index, name + "_FILE");
    if (!text) return {{}, "the file that " + name + "_FILE names " + text.error(), std::move(where)};
    drop_newline(*text);
    if (text->contains('\0')) {
        wipe(*text);
        return {{}, "the file that " + name + "_FILE names holds a NUL", std::move(where)};
    }
    return {Secret(std::move(*text)), {}, std::move(where)};
}

}  // namespace tollgate::settings
