// What the process writes to its own stdout or stderr, caught in a file.
#pragma once

#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <utility>

#include <unistd.h>

namespace tollgate::testing {

inline std::string content(std::filesystem::path const& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

// Sends what is written to `descriptor` to a file, until it dies.
class Redirected {
public:
    Redirected(int descriptor, std::filesystem::path file)
        : descriptor_(descriptor), saved_(::dup(descriptor)), file_(std::move(file)) {
        flush();
        std::FILE* const opened = std::fopen(file_.c_str(), "w");
        REQUIRE(opened);
        ::dup2(::fileno(opened), descriptor_);
        std::fclose(opened);
    }
    Redirected(Redirected const&) = delete;
    Redirected& operator=(Redirected const&) = delete;
    ~Redirected() { restore(); }

    std::string text() {
        restore();
        return content(file_);
    }

private:
    static void flush() {
        std::cout.flush();
        std::fflush(stdout);
        std::fflush(stderr);
    }
    void restore() {
        if (saved_ < 0) return;
        flush();
        ::dup2(saved_, descriptor_);
        ::close(std::exchange(saved_, -1));
    }

    int descriptor_;
    int saved_;
    std::filesystem::path file_;
};

}  // namespace tollgate::testing
