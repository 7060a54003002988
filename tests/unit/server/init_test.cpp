// `init` from its arguments to the files it leaves.
#include "server/verbs.hpp"

#include "settings/env.hpp"
#include "support/redirected.hpp"
#include "support/temp_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <doctest/doctest.h>

#include <string>
#include <thread>

#include <sys/stat.h>

namespace tollgate::init_test {
using namespace tollgate::server;
using tollgate::testing::content;
using tollgate::testing::Redirected;
using tollgate::testing::TempFolder;
namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

// A service that answers one request with `document`.
class Service {
public:
    explicit Service(std::string const& document, std::string const& status = "200 OK")
        : acceptor_(context_, {asio::ip::address_v4::loopback(), 0}) {
        auto answer =
            "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(document.size()) + "\r\n\r\n" + document;
        thread_ = std::thread([this, answer = std::move(answer)] {
            auto socket = acceptor_.accept();
            asio::read_until(socket, asio::dynamic_buffer(request_), "\r\n\r\n");
            asio::write(socket, asio::buffer(answer));
        });
    }
    ~Service() {
        if (thread_.joinable()) thread_.join();
    }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }
    std::string request() {
        thread_.join();
        return request_;
    }

private:
    asio::io_context context_;
    asio::ip::tcp::acceptor acceptor_;
    std::string request_;
    std::thread thread_;
};

mode_t mode_of(fs::path const& file) {
    struct stat status{};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return status.st_mode & 0777;
}

constexpr char const* document =
    R"({"openapi": "3.1.0", "paths": {"/": {"get": {}}, "/generate": {"post": {}}, "/${X}": {"get": {}}}})";
constexpr char const* unreachable = "http://127.0.0.1:1";

struct Ended {
    int code;
    std::string out;
    std::string err;
};

Ended init(std::string const& upstream, fs::path const& folder) {
    TempFolder const printed;
    Redirected out(STDOUT_FILENO, printed.path() / "out");
    Redirected err(STDERR_FILENO, printed.path() / "err");
    int const code = verb_init({.upstream = upstream, .folder = folder});
    auto text = out.text();
    return {code, std::move(text), err.text()};
}

bool has(std::string const& all, std::string_view part) { return all.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("init writes the operations of the service as routes, and a fresh secret for its owner alone") {
    TempFolder const folder;
    Service service(document);
    auto const ended = init(service.url() + "/api", folder.path());
    CHECK(ended.code == 0);
    auto const file = (folder.path() / "tollgate.yaml").string();
    CHECK(ended.out == "left out: 1 operation with a path that cannot be a route\n" + file +
                           ": 2 routes; check it with `tollgate check --config " + file + "`\n" +
                           (folder.path() / ".env").string() + ": a fresh JWT_SECRET, mode 0600\n");
    CHECK(service.request().starts_with("GET /api/openapi.json HTTP/1.1\r\n"));

    auto const loaded = settings::load(folder.path() / "tollgate.yaml");
    REQUIRE(loaded);
    REQUIRE(loaded->settings.routes.size() == 2);
    CHECK(loaded->settings.routes[0].access == Access::guarded);
    CHECK(loaded->settings.routes[1].path == "/generate");
    CHECK(loaded->settings.routes[1].access == Access::guarded);
    auto const& auth = loaded->settings.plugins.at(0).second;
    CHECK(auth["users"]["store"].text() == "sqlite://" + fs::canonical(folder.path()).string() + "/users.db");
    CHECK(auth["tokens"]["secret"].secret().size() == 86);
    CHECK(content(folder.path() / ".env").starts_with("JWT_SECRET="));
    CHECK(mode_of(folder.path() / ".env") == 0600);
    CHECK_FALSE(has(content(folder.path() / "tollgate.yaml"), "${X}"));
}

TEST_CASE("init writes a starting set when the service tells nothing") {
    Service missing("", "404 Not Found");
    Service page("<html>");
    Service empty(R"({"paths": {}})");
    for (auto const& url : {missing.url(), page.url(), empty.url(), std::string(unreachable)}) {
        CAPTURE(url);
        TempFolder const folder;
        auto const ended = init(url, folder.path());
        CHECK(ended.code == 0);
        CHECK(ended.out.starts_with(url + "/openapi.json: no operations ("));
        CHECK(has(content(folder.path() / "tollgate.yaml"),
                  "routes:\n  - {path: /generate, methods: [POST], upstream: ai}\nplugins:"));
    }
}

TEST_CASE("init leaves an existing configuration as it is, and makes nothing beside it") {
    TempFolder const folder;
    folder.write("tollgate.yaml", "mine");
    auto const ended = init(unreachable, folder.path());
    CHECK(ended.code == 1);
    CHECK(ended.err ==
          "tollgate: init: " + (folder.path() / "tollgate.yaml").string() + " exists already: it is left as it is\n");
    CHECK(content(folder.path() / "tollgate.yaml") == "mine");
    CHECK_FALSE(fs::exists(folder.path() / ".env"));
}

TEST_CASE("init keeps a .env that has a secret, and refuses one that has none") {
    TempFolder const folder;
    folder.write(".env", "OTHER=1\nJWT_SECRET=mine\n");
    CHECK(init(unreachable, folder.path()).code == 0);
    CHECK(content(folder.path() / ".env") == "OTHER=1\nJWT_SECRET=mine\n");

    TempFolder const other;
    other.write(".env", "OTHER=1\nJWT_SECRET=\n");
    CHECK(init(unreachable, other.path()).code == 1);
    CHECK(content(other.path() / ".env") == "OTHER=1\nJWT_SECRET=\n");
    CHECK_FALSE(fs::exists(other.path() / "tollgate.yaml"));
}

TEST_CASE("init says so when it cannot write") { CHECK(init(unreachable, "/nowhere").code == 1); }

}  // namespace tollgate::init_test
