// Users as lines of text, to be moved from store to store: JSON objects with all that a store knows of a user, a hash
// but no password among it; read also from CSV with the columns `email` and `hash`, as other systems export it. Pure.
#pragma once

#include "auth/store/users.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tollgate::auth {

inline constexpr std::size_t most_line_bytes = 8 * 1024;

// The first line of an export. Ids up to `last_id` belong to somebody, or did: no newcomer gets one.
[[nodiscard]] std::string line_of(std::int64_t last_id);
[[nodiscard]] std::string line_of(User const& user);

// Reads line after line; the first one that is not empty decides which of the two it is.
class UserLines {
public:
    // `now`: when users were created for whom no line says it; in seconds since 1970.
    explicit UserLines(std::int64_t now) : now_(now) {}

    struct Nothing {};  // an empty line, or a heading
    struct LastId {
        std::int64_t value;
    };
    using Line = std::variant<Nothing, LastId, User>;

    // Without its newline. The error is a sentence that repeats no hash.
    [[nodiscard]] std::expected<Line, std::string> read(std::string_view line);

    // The first line was neither: all others will be refused too.
    [[nodiscard]] bool senseless() const noexcept { return senseless_; }

private:
    struct Columns {
        std::size_t count = 0;
        std::optional<std::size_t> id, email, hash;
    };
    using Checked = std::expected<Line, std::string>;

    [[nodiscard]] Checked read_json(std::string_view line) const;
    [[nodiscard]] Checked read_heading(std::string_view line);
    [[nodiscard]] Checked read_row(std::string_view line) const;

    std::int64_t now_;
    bool begun_ = false;
    bool senseless_ = false;
    std::set<std::string> schemes_;   // of hashes, so far
    std::optional<Columns> columns_;  // of CSV
};

}  // namespace tollgate::auth
