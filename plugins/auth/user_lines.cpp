#include "auth/user_lines.hpp"

#include "auth/argon2_hash.hpp"
#include "auth/email.hpp"
#include "auth/password.hpp"
#include "base/strict_json.hpp"
#include "http/reply.hpp"

#include <fmt/format.h>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <utility>

namespace tollgate::auth {
namespace {

namespace json = boost::json;

constexpr int known_format = 1;
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

// What a JSON number holds exactly: far from where counting on would overflow.
constexpr std::int64_t most_number = (std::int64_t{1} << 53) - 1;
constexpr std::int64_t most_time = 253'402'300'799;  // the last second of the year 9999

// Hashes of others may cost so much at a login, and be of so many schemes, since each one is measured at the start.
constexpr std::uint64_t most_argon2_kib = 256 * 1024;
constexpr std::uint64_t most_argon2_kib_passes = 1024 * 1024;
constexpr std::size_t most_schemes = 16;

std::unexpected<std::string> wrong(std::string what) { return std::unexpected(std::move(what)); }

// What every user must have, from whichever format.
std::expected<User, std::string> checked(User user) {
    user.email = lowered_email(user.email);
    if (auto const problem = problem_with_email(folded_email(user.email))) return wrong(*problem);
    if (!password::is_supported(user.password_hash))
        return wrong(fmt::format("the hash of {} is of no known kind (bcrypt of cost {} to {}, argon2id)", user.email,
                                 password::least_cost, password::most_cost));
    if (auto const argon2 = password::read_argon2id(user.password_hash, password::ScanPart::whole)) {
        std::uint64_t const kib = argon2->memory_kib;
        if (kib > most_argon2_kib || kib * argon2->passes > most_argon2_kib_passes)
            return wrong(
                fmt::format("the hash of {} costs too much: at most 256 MiB, and 1 GiB over all passes", user.email));
    }
    return user;
}

// One member into the user; false when its type is wrong.
bool take(User& user, std::string_view name, json::value const& value, bool& known) {
    auto const text = [&](std::string& into) {
        if (!value.is_string()) return false;
        into.assign(value.get_string().data(), value.get_string().size());
        return true;
    };
    auto const number = [&](std::int64_t& into, std::int64_t least, std::int64_t most) {
        if (!value.is_int64() || value.get_int64() < least || value.get_int64() > most) return false;
        into = value.get_int64();
        return true;
    };
    if (name == "id") return number(user.id, 1, most_number);
    if (name == "email") return text(user.email);
    if (name == "hash") return text(user.password_hash);
    if (name == "created_at") return number(user.created_at, 0, most_time);
    if (name == "token_epoch") return number(user.token_epoch, 1, most_number);
    if (name == "tokens_changed_at") return number(user.tokens_changed_at, 0, most_time);
    if (name == "disabled") {
        if (!value.is_bool()) return false;
        user.standing = value.get_bool() ? Standing::disabled : Standing::enabled;
        return true;
    }
    known = false;
    return false;
}

// The fields of one line of CSV (RFC 4180); a quoted field does not go on in the next line.
std::expected<std::vector<std::string>, std::string> fields_of(std::string_view line) {
    std::vector<std::string> fields(1);
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == ',') {
            fields.emplace_back();
        } else if (line[i] == '"' && fields.back().empty()) {
            for (++i;; ++i) {
                if (i == line.size()) return wrong("a quote has no end");
                if (line[i] == '"' && !line.substr(i + 1).starts_with('"')) break;
                if (line[i] == '"') ++i;
                fields.back() += line[i];
            }
        } else {
            fields.back() += line[i];
        }
    }
    return fields;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.back() == ' ' || text.back() == '\r' || text.back() == '\t')) text.remove_suffix(1);
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    return text;
}

}  // namespace

std::string line_of(std::int64_t last_id) {
    return fmt::format(R"({{"tollgate_users": {}, "last_id": {}}})", known_format, last_id);
}

std::string line_of(User const& user) {
    return fmt::format(
        R"({{"id": {}, "email": {}, "hash": {}, "disabled": {}, "created_at": {}, "token_epoch": {}, "tokens_changed_at": {}}})",
        user.id, http::json_quoted(user.email), http::json_quoted(user.password_hash),
        user.standing == Standing::disabled, user.created_at, user.token_epoch, user.tokens_changed_at);
}

UserLines::Checked UserLines::read(std::string_view line) {
    if (!begun_ && line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
    line = trimmed(line);
    if (line.empty()) return Nothing{};
    if (!std::exchange(begun_, true) && !line.starts_with('{')) return read_heading(line);
    auto read = columns_ ? read_row(line) : read_json(line);
    if (auto const* const user = read ? std::get_if<User>(&*read) : nullptr) {
        auto scheme = password::scheme_of(user->password_hash);
        if (schemes_.size() == most_schemes && !schemes_.contains(scheme))
            return wrong(fmt::format("the hash of {} is of a {}th kind", user->email, most_schemes + 1));
        schemes_.insert(std::move(scheme));
    }
    return read;
}

UserLines::Checked UserLines::read_json(std::string_view line) const {
    auto const parsed = parse_strict_json(line);
    if (!parsed) return wrong("this is no JSON object");
    auto const& object = parsed->get_object();
    if (auto const* const format = object.if_contains("tollgate_users")) {
        auto const* const last = object.if_contains("last_id");
        if (*format != known_format || !last || !last->is_int64() || last->get_int64() < 0 ||
            last->get_int64() > most_number)
            return wrong("this is no export that this version of the program knows");
        return LastId{last->get_int64()};
    }
    User user{.created_at = now_};
    for (auto const& member : object) {
        std::string_view const name(member.key().data(), member.key().size());
        bool known = true;
        if (take(user, name, member.value(), known)) continue;
        return wrong(fmt::format("the member {} {}", http::json_quoted(name.substr(0, 64)),
                                 known ? "has a wrong type or value" : "is not known"));
    }
    if (user.email.empty() || user.password_hash.empty()) return wrong("`email` and `hash` are needed");
    return checked(std::move(user));
}

UserLines::Checked UserLines::read_heading(std::string_view line) {
    auto const names = fields_of(line);
    if (!names) return wrong(names.error());
    auto const column = [&](std::initializer_list<std::string_view> spellings) -> std::optional<std::size_t> {
        auto const found = std::ranges::find_if(
            *names, [&](auto const& name) { return std::ranges::find(spellings, trimmed(name)) != spellings.end(); });
        if (found == names->end()) return std::nullopt;
        return static_cast<std::size_t>(found - names->begin());
    };
    Columns columns{.count = names->size(),
                    .id = column({"id"}),
                    .email = column({"email"}),
                    .hash = column({"hash", "password_hash", "hashed_password"})};
    if (!columns.email || !columns.hash) {
        senseless_ = true;
        return wrong("expected JSON objects, or CSV whose first line names the columns `email` and `hash`");
    }
    columns_ = columns;
    return Nothing{};
}

UserLines::Checked UserLines::read_row(std::string_view line) const {
    auto fields = fields_of(line);
    if (!fields) return wrong(fields.error());
    // argon2 writes commas into its hashes, and not everybody quotes them.
    while (fields->size() > columns_->count && *columns_->hash + 1 == columns_->count) {
        (*fields)[columns_->count - 1].append(",").append((*fields)[columns_->count]);
        fields->erase(fields->begin() + static_cast<std::ptrdiff_t>(columns_->count));
    }
    if (fields->size() != columns_->count)
        return wrong(fmt::format("expected {} fields, found {}", columns_->count, fields->size()));
    User user{.email = (*fields)[*columns_->email],
              .password_hash = std::string(trimmed((*fields)[*columns_->hash])),
              .created_at = now_};
    if (columns_->id) {
        auto const text = trimmed((*fields)[*columns_->id]);
        auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), user.id);
        if (error != std::errc() || end != text.data() + text.size() || user.id < 1 || user.id > most_number)
            return wrong("the id is no number from 1 to 2^53 - 1");
    }
    return checked(std::move(user));
}

}  // namespace tollgate::auth
