// The program from its arguments to its exit code, with what it printed. `run` serves, so only its refusals are here.
#include "server/cli.hpp"

#include "support/redirected.hpp"
#include "support/temp_folder.hpp"
#include "unit/server/gate.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace tollgate::cli_test {
using tollgate::testing::content;
using tollgate::testing::Gate;
using tollgate::testing::Redirected;
using tollgate::testing::TempFolder;

namespace {

constexpr char const* configuration = R"(listen: 127.0.0.1:0
upstreams: {ai: http://127.0.0.1:8000}
routes:
  - {path: /, methods: [GET], upstream: ai, protected: false}
  - {path: /generate, methods: [POST], upstream: ai}
plugins:
  gate: {word: sesame}
)";

struct Ended {
    int code;
    std::string out;
    std::string err;
};

Ended ran(std::vector<std::string> arguments) {
    TempFolder const folder;
    arguments.insert(arguments.begin(), "tollgate");
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    Redirected out(STDOUT_FILENO, folder.path() / "out");
    Redirected err(STDERR_FILENO, folder.path() / "err");
    int const code = run(static_cast<int>(arguments.size()), argv.data(), {plugin::plugin_type<Gate>()});
    auto printed = out.text();
    return {code, std::move(printed), err.text()};
}

bool has(std::string const& all, std::string_view part) { return all.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("without a verb the help is printed, and the exit code says that it was used wrongly") {
    auto const alone = ran({});
    CHECK(alone.code == 2);
    CHECK(alone.out.empty());
    for (char const* const verb :
         {"run", "check", "routes", "explain", "init", "keygen", "health", "version", "word"}) {
        CAPTURE(verb);
        CHECK(has(alone.err, "\n  " + std::string(verb) + " "));
    }
}

TEST_CASE("each verb has a help, which is no failure") {
    for (std::vector<std::string> const& verb : {std::vector<std::string>{},
                                                 {"run"},
                                                 {"check"},
                                                 {"routes"},
                                                 {"explain"},
                                                 {"init"},
                                                 {"keygen"},
                                                 {"health"},
                                                 {"version"},
                                                 {"word"},
                                                 {"word", "show"}}) {
        auto arguments = verb;
        arguments.emplace_back("--help");
        auto const ended = ran(arguments);
        CAPTURE(ended.out);
        CHECK(ended.code == 0);
        CHECK(has(ended.out, "Usage: "));
        CHECK(ended.err.empty());
    }
}

TEST_CASE("what is used wrongly ends with 2, and nothing on stdout") {
    for (std::vector<std::string> const& arguments : {std::vector<std::string>{"nonsense"},
                                                      {"check", "--nonsense"},
                                                      {"check", "--config"},
                                                      {"check", "run"},
                                                      {"check", "check"},
                                                      {"explain"},
                                                      {"explain", "GET"},
                                                      {"explain", "GE T", "/"},
                                                      {"explain", "GET", "/", "--host", "a b"},
                                                      {"init"},
                                                      {"init", "--upstream", "ftp://127.0.0.1:1"},
                                                      {"init", "--upstream", "http://a\nb"},
                                                      {"init", "--upstream", "http://127.0.0.1:1", "--force"},
                                                      {"word"},
                                                      {"word", "show", "NAME"},
                                                      {"word", "show", "a", "b", "c"},
                                                      {"word", "nonsense"}}) {
        auto const ended = ran(arguments);
        CAPTURE(arguments.back());
        CHECK(ended.code == 2);
        CHECK(ended.out.empty());
        CHECK_FALSE(ended.err.empty());
    }
}

TEST_CASE("check says that a file is right, in one line") {
    TempFolder const folder;
    auto const file = folder.write("t.yaml", configuration).string();
    auto const ended = ran({"check", "--config", file});
    CHECK(ended.code == 0);
    CHECK(ended.out == file + ": ok, 2 routes, 1 upstream\n");
    CHECK(ended.err.empty());
}

TEST_CASE("check warns of what is right and dangerous") {
    TempFolder const folder;
    auto text = std::string(configuration);
    text.replace(text.find("127.0.0.1:0"), 11, "0.0.0.0:80");
    auto const ended = ran({"check", "--config", folder.write("t.yaml", text).string()});
    CHECK(ended.code == 0);
    CHECK(ended.out.ends_with(": ok, 2 routes, 1 upstream\n"));
    CHECK(ended.err.starts_with("warning: "));
    CHECK(ended.err.find(" can be reached from other machines at 0.0.0.0:80 without TLS") != std::string::npos);
}

TEST_CASE("check prints every error of a file, those of plugins too, and ends with 1") {
    TempFolder const folder;
    auto const file = folder
                          .write("t.yaml",
                                 "listen: 127.0.0.1:0\n"
                                 "upstreams: {ai: http://127.0.0.1:8000}\n"
                                 "routes: [{path: generate, upstream: ai}]\n"
                                 "plugins:\n"
                                 "  gate: {wrd: sesame}\n")
                          .string();
    for (char const* const verb : {"check", "routes", "run"}) {
        CAPTURE(verb);
        std::vector<std::string> arguments{verb, "--config", file};
        if (verb == std::string_view("run")) arguments.emplace_back("--allow-core-dumps");
        auto const ended = ran(arguments);
        CHECK(ended.code == 1);
        CHECK(ended.out.empty());
        CHECK(has(ended.err, file + ":3:"));
        CHECK(has(ended.err, file + ":5:"));
        CHECK(has(ended.err, "wrd"));
    }
}

TEST_CASE("a configuration that is not there is one line and 1") {
    auto const ended = ran({"check", "--config", "/nowhere/t.yaml"});
    CHECK(ended.code == 1);
    CHECK(ended.err.starts_with("/nowhere/t.yaml: "));
    CHECK(ended.err.ends_with("\n"));
    CHECK(ended.err.find('\n') == ended.err.size() - 1);
}

TEST_CASE("routes prints the table, with the endpoints of plugins") {
    TempFolder const folder;
    auto const file = folder.write("t.yaml", configuration).string();
    auto const ended = ran({"routes", "--config", file});
    CHECK(ended.code == 0);
    CHECK(ended.out ==
          "METHODS  PATH       ACCESS     UPSTREAM\n"
          "GET      /          PUBLIC     ai http://127.0.0.1:8000\n"
          "POST     /generate  protected  ai http://127.0.0.1:8000\n"
          "POST     /login     PUBLIC     (gate)\n");
}

TEST_CASE("explain ends with 0 whatever the gateway would answer") {
    TempFolder const folder;
    auto const file = folder.write("t.yaml", configuration).string();
    CHECK(has(ran({"explain", "POST", "/generate", "--config", file}).out,
              "\nroute     POST /generate (" + file + ":5:5)\n"));
    auto const missed = ran({"explain", "GET", "/nothing", "--config", file});
    CHECK(missed.code == 0);
    CHECK(has(missed.out, "none: 404"));
}

TEST_CASE("a verb of a plugin gets its settings, its arguments and the flags that were given") {
    TempFolder const folder;
    auto const file = folder.write("t.yaml", configuration).string();
    CHECK(ran({"word", "show", "--twice", "run", "", "--config", file}).out == "sesame|run||--twice\n");
    CHECK(ran({"word", "show", "a", "word", "--config", file}).out == "sesame|a|word\n");
    auto const failed = ran({"word", "fail", "--config", file});
    CHECK(failed.code == 1);
    CHECK(failed.err.starts_with(file + ":7:16: "));  // what the verb found wrong
}

TEST_CASE("a verb of a plugin works while something else in the file is wrong, but not without its block") {
    TempFolder const folder;
    auto const half = folder.write("half.yaml", "listen: nowhere\nplugins: {gate: {word: sesame}}\n").string();
    auto const shown = ran({"word", "show", "a", "b", "--config", half});
    CHECK(shown.code == 0);
    CHECK(shown.out == "sesame|a|b\n");
    auto const none = folder.write("none.yaml", "listen: 127.0.0.1:0\n").string();
    auto const refused = ran({"word", "show", "a", "b", "--config", none});
    CHECK(refused.code == 1);
    CHECK(refused.err == "tollgate: " + none + " has no block `plugins.gate`\n");
}

TEST_CASE("keygen prints a fresh secret each time") {
    auto const first = ran({"keygen"});
    auto const second = ran({"keygen"});
    CHECK(first.code == 0);
    CHECK(first.out.size() == 87);  // 64 bytes in base64url, and the end of the line
    CHECK(first.out != second.out);
}

TEST_CASE("keygen fills a file that is missing, without showing the secret, and keeps one that is there") {
    TempFolder const folder;
    auto const file = folder.path() / "secret";
    auto const written = ran({"keygen", "--if-missing", file.string()});
    auto const secret = content(file);
    CHECK(written.code == 0);
    CHECK(secret.size() == 86);
    CHECK(written.out == file.string() + ": a fresh secret, mode 0600\n");
    struct stat status{};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);

    CHECK(ran({"keygen", "--if-missing", file.string()}).out == file.string() + ": has a secret already, kept\n");
    CHECK(content(file) == secret);
    CHECK(ran({"keygen", "--if-missing", "/nowhere/secret"}).code == 1);
}

TEST_CASE("version names the program, then what it is made of") {
    auto const ended = ran({"version"});
    CHECK(ended.code == 0);
    CHECK(ended.out.starts_with("tollgate " TOLLGATE_VERSION "\n"));
    CHECK(has(ended.out, "Boost 1."));
    CHECK(has(ended.out, "OpenSSL 3."));
}

TEST_CASE("health fails where there is nobody to ask") {
    TempFolder const folder;
    auto const silent = folder.write("silent.yaml", configuration).string();
    CHECK(ran({"health", "--config", silent}).err ==
          "tollgate: health: " + silent + " says no `metrics:` address to ask\n");
    auto const down = folder.write("down.yaml", "metrics: 127.0.0.1:1\n" + std::string(configuration)).string();
    auto const refused = ran({"health", "--config", down});
    CHECK(refused.code == 1);
    CHECK(refused.err == "tollgate: health: 127.0.0.1:1: Connection refused\n");
}

TEST_CASE("what cannot be printed is a failure") {
    Redirected out(STDOUT_FILENO, "/dev/full");
    std::string name = "tollgate";
    std::string verb = "version";
    std::array<char*, 3> argv{name.data(), verb.data(), nullptr};
    CHECK(run(2, argv.data(), {}) == 1);
    std::clearerr(stdout);
}

}  // namespace tollgate::cli_test
