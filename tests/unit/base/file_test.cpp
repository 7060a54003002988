#include "base/file.hpp"

#include "support/temp_folder.hpp"

#include <doctest/doctest.h>

#include <string>

#include <sys/stat.h>

namespace tollgate::file_test {
using tollgate::testing::TempFolder;

TEST_CASE("a file is read whole, up to the most bytes and no further") {
    TempFolder const folder;
    auto const file = folder.path() / "file";
    for (std::string const& text : {std::string(), std::string("a\0b\n", 4), std::string(2048, 'x')}) {
        folder.write("file", text);
        CHECK(read_file(file, 2048) == text);
    }
    folder.write("file", std::string(2049, 'x'));
    CHECK(read_file(file, 2048).error() == "is larger than 2KiB");
    CHECK(read_file("/proc/self/status", 64 * 1024)->contains("VmSize"));  // which says that it has 0 bytes
}

TEST_CASE("what is no file is refused, and waited for by nobody") {
    TempFolder const folder;
    CHECK(read_file(folder.path() / "none", 1).error() == "cannot be read: No such file or directory");
    CHECK(read_file(folder.path(), 1).error() == "cannot be read: Is a directory");
    auto const fifo = folder.path() / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    CHECK(read_file(fifo, 1).error() == "cannot be read: it is no regular file");
    CHECK(read_file("/dev/zero", 1).error() == "cannot be read: it is no regular file");
}

}  // namespace tollgate::file_test
