#include "settings/env.hpp"
#include "unit/settings/support.hpp"

#include <doctest/doctest.h>

namespace tollgate::env_test {
using namespace tollgate::settings;
using namespace tollgate::settings::testing;

namespace {

// The value found, or "-" for none.
std::string value_of(Environment const& environment, std::string const& name) {
    auto const found = environment.find(name);
    return found.value ? std::string(found.value->reveal()) : "-";
}

std::string parsed(std::string_view text) {
    std::string result;
    auto const file = parse_dotenv(text, ".env");
    for (auto const& [name, value] : file.values) result += name + "=[" + std::string(value.reveal()) + "]";
    return result + lines(file.errors);
}

}  // namespace

TEST_CASE("a .env file has one NAME=VALUE a line") {
    std::pair<char const*, char const*> const rows[] = {
        {"", ""},
        {"A=1\nB_2=x", "A=[1]B_2=[x]"},
        {"# comment\n\n  # another\r\nA=1\r\n", "A=[1]"},
        {"export A=1", "A=[1]"},
        {"  A=1  ", "A=[1]"},
        {"A=", "A=[]"},
        {"A= # nothing", "A=[]"},
        {"A=1 # one", "A=[1]"},
        {"A=a#b=c$d${e}", "A=[a#b=c$d${e}]"},
        {"A='a b\\n $x \"' # quoted", "A=[a b\\n $x \"]"},
        {"A=\"a \\\"b\\\" \\\\ \\$x \\n#\"", "A=[a \"b\" \\ $x \n#]"},
        {"A=\"\"", "A=[]"},
    };
    for (auto const& [text, expected] : rows) {
        CAPTURE(text);
        CHECK(parsed(text) == expected);
    }
}

TEST_CASE("what other tools would read differently is refused with file and line, and never shown") {
    char const* const rows[] = {"S3CRET",          "S3CRET NAME=1", "A =S3CRET",     "1A=S3CRET",
                                "A-B=S3CRET",      "A= S3CRET",     "A=S3CRET b",    "A=S3C'RET",
                                "A=S3CRET\\n",     "A='S3CRET",     "A=\"S3CRET",    "A=\"S3CRET\\q\"",
                                "A=\"S3CRET\\",    "A='S3CRET'x",   "A=\"S3CRET\"x", "A=#S3CRET",
                                "export=S3CRET x", "A=1\x01S3CRET", "=S3CRET",       "\xef\xbb\xbfXA=S3CRET"};
    for (auto const* const row : rows) {
        CAPTURE(row);
        auto const file = parse_dotenv("OK=1\n" + std::string(row) + "\nALSO=2\n", "./.env");
        REQUIRE(file.errors.size() == 1);
        auto const line = file.errors[0].line();
        CHECK(line.starts_with("./.env:2: "));
        CHECK_FALSE(line.contains("S3CRET"));
        CHECK(file.values.size() == 2);
    }
    CHECK(parsed("A=1\nB=2\nA=3") == "A=[1]B=[2].env:3: this name stands twice\n");
}

TEST_CASE("the environment wins over .env beside the file, which wins over that in the next folder") {
    Folder const beside;
    Folder const other;
    beside.write(".env", "B=beside\nA=beside\n");
    other.write(".env", "C=other\nB=other\nA=other\n");
    auto const environment = environment_of({{"A", "process"}}, {beside.path(), other.path()});
    CHECK(value_of(environment, "A") == "process");
    CHECK(value_of(environment, "B") == "beside");
    CHECK(value_of(environment, "C") == "other");
    CHECK(value_of(environment, "D") == "-");
    CHECK(lines(environment.errors()).empty());
}

TEST_CASE("where a value was looked for lists every place and the one that had it") {
    Folder const beside;
    Folder const other;
    beside.write(".env", "B=1\n");
    auto const environment = environment_of({{"A", "1"}}, {beside.path(), other.path()});
    auto const here = (beside.path() / ".env").string();
    auto const there = (other.path() / ".env").string() + " (not found)";
    CHECK(environment.find("A").places == "environment (set), " + here + ", " + there);
    CHECK(environment.find("B").places == "environment, " + here + " (set), " + there);
    CHECK(environment.find("C").places == "environment, " + here + ", " + there);
}

TEST_CASE("one folder under two names is read once") {
    Folder const folder;
    auto const environment = environment_of({}, {folder.path(), folder.path() / "."});
    CHECK(environment.find("A").places == "environment, " + (folder.path() / ".env").string() + " (not found)");
}

TEST_CASE("NAME_FILE names a file, of which one trailing newline is dropped") {
    Folder const folder;
    folder.write("one", "value\n");
    folder.write("two", "value\n\n");
    folder.write("dos", "value\r\n");
    folder.write("none", "value");
    folder.write("empty", "");
    folder.write(".env", "R_FILE=one\n");
    auto const file = [&](char const* name) { return (folder.path() / name).string(); };
    auto const environment = environment_of({{"A_FILE", file("one")},
                                             {"B_FILE", file("two")},
                                             {"C_FILE", file("dos")},
                                             {"D_FILE", file("none")},
                                             {"E_FILE", file("empty")}},
                                            {folder.path()});
    CHECK(value_of(environment, "A") == "value");
    CHECK(value_of(environment, "B") == "value\n");
    CHECK(value_of(environment, "C") == "value");
    CHECK(value_of(environment, "D") == "value");
    CHECK(value_of(environment, "E").empty());
    CHECK(value_of(environment, "R") == "value");
    CHECK(environment.find("A").places == "environment (A_FILE), " + file(".env"));
}

TEST_CASE("NAME together with NAME_FILE is a problem, wherever they are set; an empty one is not set") {
    Folder const folder;
    folder.write("secret", "from file");
    folder.write(".env", "A_FILE=secret\nB=plain\n");
    auto const environment = environment_of(
        {{"A", "plain"}, {"C", ""}, {"C_FILE", (folder.path() / "secret").string()}, {"B_FILE", ""}}, {folder.path()});
    CHECK(environment.find("A").problem == "A and A_FILE are both set: keep one of them");
    CHECK_FALSE(environment.find("A").value.has_value());
    CHECK(value_of(environment, "B") == "plain");
    CHECK(value_of(environment, "C") == "from file");
}

TEST_CASE("a secret file that cannot be used is a problem that does not show what NAME_FILE holds") {
    Folder const folder;
    folder.write("large", std::string(most_variable_bytes + 1, 'x'));
    folder.write("nul", std::string_view("a\0b", 3));
    auto const path = folder.path().string();
    auto const environment = environment_of({{"GONE_FILE", path + "/gone"},
                                             {"FOLDER_FILE", path},
                                             {"LARGE_FILE", path + "/large"},
                                             {"NUL_FILE", path + "/nul"}});
    CHECK(environment.find("GONE").problem ==
          "the file that GONE_FILE names cannot be read: No such file or directory");
    CHECK(environment.find("FOLDER").problem == "the file that FOLDER_FILE names cannot be read: Is a directory");
    CHECK(environment.find("LARGE").problem == "the file that LARGE_FILE names is larger than 64KiB");
    CHECK(environment.find("NUL").problem == "the file that NUL_FILE names holds a NUL");
}

TEST_CASE("a .env that cannot be read is an error") {
    Folder const folder;
    std::filesystem::create_directory(folder.path() / ".env");
    auto const environment = environment_of({}, {folder.path()});
    CHECK(lines(environment.errors()) == (folder.path() / ".env").string() + ": cannot be read: Is a directory\n");
}

}  // namespace tollgate::env_test
