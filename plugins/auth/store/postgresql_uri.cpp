#include "auth/store/postgresql_uri.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace tollgate::auth {
namespace {

// Dead peers are noticed, standbys are passed over, and administrators see who is connected.
constexpr std::pair<std::string_view, std::string_view> defaults[] = {
    {"keepalives_idle", "10"},
    {"keepalives_interval", "3"},
    {"keepalives_count", "3"},
    {"target_session_attrs", "read-write"},
    {"fallback_application_name", "tollgate"},
    {"client_encoding", "UTF8"},
};

struct Wiped {
    std::string text;
    ~Wiped() { wipe(text); }
};

// libpq's array of options, wiped of the password when it goes.
struct Options {
    PQconninfoOption* all = nullptr;

    Options() = default;
    explicit Options(std::string const& uri) {
        char* why = nullptr;  // it may repeat the password
        all = PQconninfoParse(uri.c_str(), &why);
        PQfreemem(why);
    }
    Options(Options const&) = delete;
    Options& operator=(Options const&) = delete;
    ~Options() {
        for (auto* option = all; option && option->keyword; ++option) {
            for (char* c = option->val; c && *c; ++c) *const_cast<char volatile*>(c) = '\0';
        }
        PQconninfoFree(all);
    }
    [[nodiscard]] std::string_view operator[](std::string_view keyword) const {
        for (auto const* option = all; option && option->keyword; ++option) {
            if (keyword == option->keyword) return option->val ? option->val : std::string_view();
        }
        return {};
    }
};

// PostgreSQL's manual, section 34.1.1.1: in quotes, with a backslash before quotes and backslashes.
void add(std::string& words, std::string_view keyword, std::string_view value) {
    words.append(keyword).append("='");
    for (char const c : value) {
        if (c == '\'' || c == '\\') words += '\\';
        words += c;
    }
    words.append("' ");
}

std::string shown(Options const& options) {
    auto const part = [&](std::string_view before, std::string_view keyword) {
        auto const value = options[keyword];
        return value.empty() ? std::string() : fmt::format("{}{}", before, value);
    };
    auto const user = part("", "user");
    return fmt::format("postgresql://{}{}{}{}{}", user, user.empty() ? "" : "@", part("", "host"), part(":", "port"),
                       part("/", "dbname"));
}

}  // namespace

bool is_postgresql_uri(std::string_view text) noexcept {
    return text.starts_with("postgresql://") || text.starts_with("postgres://");
}

std::expected<PostgresqlConnection, std::string> read_postgresql_uri(std::string_view uri, Secret password) {
    Wiped const terminated{std::string(uri)};
    Options const options(terminated.text);
    if (!options.all || terminated.text.contains('\0'))
        return std::unexpected("this is no URI that PostgreSQL understands (postgresql://user@host:port/database)");
    if (!password.empty() && !options["password"].empty())
        return std::unexpected("the password stands in `store` and in `store_password`: give one of them");

    // An unescaped slash or @ of a password moves the rest of it into other parts, which are shown.
    bool const torn = options["host"].contains('@') || options["dbname"].contains('@') ||
                      options["port"].find_first_not_of("0123456789,") != std::string_view::npos;
    if (torn)
        return std::unexpected("in a password `/`, `@` and `:` are written %2F, %40 and %3A (or use `store_password`)");

    std::string words;
    words.reserve(16 * 1024 + uri.size() + 2 * password.size());  // grown, it would leave the password in freed memory
    for (auto const* option = options.all; option->keyword; ++option) {
        if (option->val && *option->val) add(words, option->keyword, option->val);
    }
    if (!password.empty()) add(words, "password", password.reveal());
    auto const complete = [&](std::string_view keyword, std::string_view value) {
        if (options[keyword].empty()) add(words, keyword, value);
    };
    complete("connect_timeout", std::to_string(connect_timeout.count()));
    complete("tcp_user_timeout", std::to_string(std::chrono::milliseconds(tcp_user_timeout).count()));
    for (auto const& [keyword, value] : defaults) complete(keyword, value);
    return PostgresqlConnection{.connection = Secret(std::move(words)), .shown = shown(options)};
}

}  // namespace tollgate::auth
