// One value of the configuration file, with where it stands. A node never throws: a wrong type, a value out of range or
// a missing key is recorded in the document with file:line:column, the fallback is returned, and reading goes on, so
// that all errors of a file are reported at once. Every key that is asked for is marked as read; what nobody read is an
// unknown key (refuse_unread). One value gives one error: after a wrong or missing value nothing more is recorded for
// it. Nodes are copied freely; the document outlives them. For the thread that loads the configuration alone.
#pragma once

#include "base/secret.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::settings {

struct Where {
    std::string file;  // empty: none
    int line = 0;      // from 1; 0: the whole file
    int column = 0;    // from 1
};

struct SettingsError {
    Where where;
    std::string what;

    [[nodiscard]] std::string line() const;  // "tollgate.yaml:3:5: what"; "what" when it stands in no file
};

using SettingsErrors = std::vector<SettingsError>;

// A value, or every error that stood in its way.
template <class T>
using Checked = std::expected<T, SettingsErrors>;

template <class T>
struct Range {
    T least = std::numeric_limits<T>::lowest();
    T most = std::numeric_limits<T>::max();
};

// numeric_limits knows no durations, and no duration is negative here.
template <>
struct Range<std::chrono::milliseconds> {
    std::chrono::milliseconds least{0};
    std::chrono::milliseconds most = std::chrono::milliseconds::max();
};

class Document;
struct Value;  // what the document holds for a YAML node: settings/value.hpp

class SettingsNode {
public:
    using milliseconds = std::chrono::milliseconds;

    [[nodiscard]] bool present() const noexcept;  // false: the key is missing; every read gives its fallback
    [[nodiscard]] bool is_map() const noexcept;
    [[nodiscard]] bool is_list() const noexcept;
    [[nodiscard]] bool is_scalar() const noexcept;
    // An error stands at it, or below it, since the file was parsed: a variable that is not set.
    [[nodiscard]] bool broken() const noexcept;

    // The value below `key`, marked as read; a node that is not present when the key is missing. An error is recorded
    // when this node is present and no map.
    [[nodiscard]] SettingsNode operator[](std::string_view key) const;

    // The same, but a missing key is an error at this node: "missing key `key`".
    [[nodiscard]] SettingsNode required(std::string_view key) const;

    // All entries of a map, all items of a list, marked as read; empty, with an error recorded, for another kind of
    // node.
    [[nodiscard]] std::vector<std::pair<std::string, SettingsNode>> entries() const;
    [[nodiscard]] std::vector<SettingsNode> items() const;

    // The items of a list, or a scalar as the only one.
    [[nodiscard]] std::vector<SettingsNode> one_or_more() const;

    // Scalars, after substitution. Not present: `fallback`. Wrong: an error, and `fallback`.
    [[nodiscard]] std::string text(std::string_view fallback = {}) const;
    [[nodiscard]] Secret secret() const;              // empty when not present
    [[nodiscard]] bool boolean(bool fallback) const;  // true | false
    [[nodiscard]] std::int64_t integer(std::int64_t fallback, Range<std::int64_t> range) const;
    [[nodiscard]] milliseconds duration(milliseconds fallback, Range<milliseconds> range) const;  // 250ms 30s 5m 1h 7d
    [[nodiscard]] std::optional<milliseconds> timeout(std::optional<milliseconds> fallback,
                                                      Range<milliseconds> range) const;  // a duration, or `none`
    [[nodiscard]] std::optional<std::int64_t> limit(std::optional<std::int64_t> fallback,
                                                    Range<std::int64_t> range) const;  // a whole number, or `none`
    [[nodiscard]] std::uint64_t size_bytes(std::uint64_t fallback,
                                           Range<std::uint64_t> range) const;  // 512 64KiB 10MiB 1GiB
    [[nodiscard]] std::vector<std::string> texts() const;  // a list of scalars, or one scalar as a list of one

    // One of `words`; its index. Wrong: an error that names all words, and `fallback`.
    [[nodiscard]] std::size_t one_of(std::initializer_list<std::string_view> words, std::size_t fallback) const;

    // As it may be shown: `${NAME}` where the value came from a substitution.
    [[nodiscard]] std::string shown() const;

    // Where the value of a substituted scalar was looked for, for messages such as "JWT_SECRET: environment, ./.env
    // (not found), /etc/tollgate/.env (set)": empty when the scalar holds no substitution.
    [[nodiscard]] std::string sources() const;

    [[nodiscard]] std::string path() const;  // "plugins.auth.tokens.secret"
    [[nodiscard]] Where where() const;       // of the value; of the parent when not present
    // Adds to the error that stands at this value already, if one does: what a variable that is not set means here.
    void amend(std::string_view more) const;
    void fail(std::string what) const;                         // records an error at where()
    [[nodiscard]] std::size_t errors_so_far() const noexcept;  // of the whole document: reading something may add some

private:
    friend class Document;
    SettingsNode(Document& document, Value* value, Value* nearest, std::string path, std::string pattern);

    [[nodiscard]] SettingsNode child(std::string_view key) const;
    [[nodiscard]] SettingsNode item(std::size_t index) const;
    [[nodiscard]] Value const* scalar() const;  // null, with an error recorded when it is present and none
    void mistyped(std::string what) const;
    void wrong(std::string_view expected) const;  // records "expected ..., found `...`"

    Document* document_;
    Value* value_;    // null: not present
    Value* nearest_;  // the value itself, or its nearest ancestor that is present: where errors are reported
    std::string path_;
    std::string pattern_;   // the path with `[]` for indices and `*` for names that the file chooses
    bool excused_ = false;  // an ancestor has an error already that explains why this is missing
};

}  // namespace tollgate::settings
