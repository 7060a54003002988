#include "base/characters.hpp"
#include "base/exit_code.hpp"
#include "base/file.hpp"
#include "base/secret.hpp"
#include "server/counted.hpp"
#include "server/http_get.hpp"
#include "server/new_file.hpp"
#include "server/openapi.hpp"
#include "server/starting_file.hpp"
#include "server/verbs.hpp"
#include "settings/dotenv.hpp"
#include "settings/env.hpp"
#include "settings/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <expected>
#include <system_error>
#include <vector>

namespace tollgate::server {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_document_bytes = 4 * 1024 * 1024;
constexpr std::chrono::seconds fetch_deadline{5};

using Line = std::string;  // for the operator

// The URL as the settings understand it.
std::expected<settings::Upstream, Line> read_upstream(std::string const& url) {
    bool const visible = std::ranges::all_of(url, [](char c) { return c > 0x20 && c < 0x7f; });
    if (!visible) return std::unexpected("--upstream: expected a URL such as http://127.0.0.1:8000");
    auto const loaded = settings::load_text(upstream_only(url), "--upstream", fs::path("."));
    if (!loaded) return std::unexpected("--upstream: " + loaded.error().front().what);
    return loaded->settings.upstreams.front();
}

std::string document_of(settings::Upstream const& upstream) { return upstream.base_path + "/openapi.json"; }

// The operations of the service; the error says why there are none.
std::expected<Operations, Line> fetch_operations(settings::Upstream const& upstream) {
    auto const got = http_get({.server = upstream.servers.front(),
                               .target = document_of(upstream),
                               .deadline = fetch_deadline,
                               .most_bytes = most_document_bytes});
    if (!got) return std::unexpected(got.error());
    if (got->status != 200) return std::unexpected(fmt::format("it answers {}", got->status));
    auto operations = operations_of(got->body, reserved_operations());
    if (!operations) return std::unexpected("it is no OpenAPI document");
    if (operations->taken.empty()) return std::unexpected("it names no operation that can be a route");
    return std::move(*operations);
}

// The users' file beside the configuration. An absolute path holds wherever the gateway is started.
std::string store_dsn(fs::path const& folder) {
    std::error_code unknown;
    auto const file = fs::weakly_canonical(fs::absolute(folder, unknown), unknown) / "users.db";
    bool const plain = std::ranges::all_of(
        file.native(), [](char c) { return is_alphanumeric(c) || std::string_view("/-._+@ ").contains(c); });
    return !unknown && plain && file.is_absolute() ? "sqlite://" + file.string() : "sqlite:users.db";
}

bool holds_secret(std::string_view dotenv, std::string const& name) {
    auto const parsed = settings::parse_dotenv(dotenv, name);
    return std::ranges::any_of(parsed.values,
                               [](auto const& value) { return value.first == "JWT_SECRET" && !value.second.empty(); });
}

// Makes .env with a fresh secret, or keeps the one that has one. What was done, as a line.
std::expected<Line, Line> write_dotenv(fs::path const& file) {
    if (std::error_code unknown; fs::exists(fs::symlink_status(file, unknown))) {
        auto const text = read_file(file, settings::most_variable_bytes);
        if (!text) return std::unexpected(fmt::format("{}: {}", file.string(), text.error()));
        if (holds_secret(*text, file.string())) return fmt::format("{}: kept, it has a JWT_SECRET", file.string());
        return std::unexpected(fmt::format(
            "{} exists without a JWT_SECRET: add the line JWT_SECRET=..., with what `tollgate keygen` prints",
            file.string()));
    }
    auto const secret = make_key_text();
    Secret const text(fmt::format("JWT_SECRET={}\n", secret.reveal()));
    if (auto const written = write_new(file, text.reveal(), owner_only); !written)
        return std::unexpected(written.error());
    return fmt::format("{}: a fresh JWT_SECRET, mode 0600", file.string());
}

void print_left_out(std::size_t count, std::string_view why) {
    if (count > 0) fmt::print("left out: {} {}\n", counted(count, "operation"), why);
}

}  // namespace

int verb_init(InitOptions const& options) {
    auto const file = (options.folder / "tollgate.yaml").lexically_normal();
    auto const upstream = read_upstream(options.upstream);
    if (!upstream) {
        print_error("init: " + upstream.error());
        return exit_code::used_wrongly;
    }
    if (std::error_code unknown; fs::exists(fs::symlink_status(file, unknown))) {
        return print_error(fmt::format("init: {} exists already: it is left as it is", file.string()));
    }
    auto const operations = fetch_operations(*upstream);
    auto const taken = operations ? operations->taken : starting_operations();
    auto const dotenv = write_dotenv((options.folder / ".env").lexically_normal());
    if (!dotenv) return print_error("init: " + dotenv.error());
    auto const text = starting_file(options.upstream, store_dsn(options.folder), taken);
    if (auto const written = write_new(file, text, readable); !written) return print_error("init: " + written.error());

    if (operations) {
        print_left_out(operations->odd, "with a path that cannot be a route");
        print_left_out(operations->in_conflict,
                       "for the same requests as another one, or as /login and /me of the gateway");
        print_left_out(operations->too_many, fmt::format("beyond the first {}", most_operations));
    } else {
        fmt::print("{}: no operations ({}): wrote a starting set, POST /generate\n",
                   upstream->servers.front().url(document_of(*upstream)), operations.error());
    }
    fmt::print("{}: {}; check it with `tollgate check --config {}`\n{}\n", file.string(),
               counted(taken.size(), "route"), file.string(), *dotenv);
    return exit_code::done;
}

}  // namespace tollgate::server
