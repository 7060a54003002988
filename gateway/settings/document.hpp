// One configuration file that was parsed: its values, the errors found so far, and which keys somebody asked for. Owns
// everything that a SettingsNode points to, secrets included, and is shared by whoever keeps nodes. For the thread that
// loads the configuration alone.
#pragma once

#include "settings/env.hpp"
#include "settings/node.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace tollgate::settings {

class Document {
public:
    // Parses `text` and replaces its variables. Errors: those that leave nothing to read, such as a wrong syntax; all
    // others, and those of `.env`, are in the document. `name` stands for the file in positions.
    [[nodiscard]] static Checked<std::shared_ptr<Document>> parse(std::string_view text, std::string const& name,
                                                                  Environment const& environment);

    // The same without any variables: for tests.
    [[nodiscard]] static Checked<std::shared_ptr<Document>> parse(std::string_view text);

    Document(Document const&) = delete;
    Document& operator=(Document const&) = delete;
    ~Document();

    [[nodiscard]] SettingsNode root();

    // The node at a dotted path of keys, marked as read, present or not: "plugins.auth".
    [[nodiscard]] SettingsNode at(std::string_view path);

    // Records that keys which nobody asked for are unknown, but for those below the top-level key `except`. One error
    // for a block that nobody opened.
    void refuse_unread(std::string_view except = {});

    // Records what is wrong with that which a value names, such as a file: found by whoever reads it.
    void fail(Where where, std::string what);

    // All errors so far, by file and position, each once; at most most_errors and a last one that says so.
    [[nodiscard]] SettingsErrors errors() const;
    static constexpr std::size_t most_errors = 100;

    // Every key asked for so far and whether the file has it anywhere: "listen", "routes[].path", "upstreams.*.url".
    [[nodiscard]] std::map<std::string, bool> const& keys_asked() const noexcept { return keys_asked_; }

private:
    friend class SettingsNode;
    Document(std::string name, Value root, SettingsErrors errors);

    void substitute_all(Value& value, Environment const& environment);
    void refuse_unread_below(Value const& map, std::string_view except);
    void amend(Where const& where, std::string_view more);
    [[nodiscard]] Where where(int line, int column) const { return {name_, line, column}; }

    std::string name_;
    std::unique_ptr<Value> root_;
    SettingsErrors errors_;
    std::map<std::string, bool> keys_asked_;
};

}  // namespace tollgate::settings
