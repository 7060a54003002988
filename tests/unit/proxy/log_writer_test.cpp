#include "proxy/log_writer.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

namespace tollgate::log_writer_test {
using tollgate::proxy::LogWriter;

namespace {

struct Pipe {
    Pipe() { REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0); }
    ~Pipe() {
        for (int const end : ends) ::close(end);
    }
    // All that can be read until nothing is left; the writing end must be closed or idle.
    std::string drain() {
        ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
        std::string all;
        std::array<char, 65536> block;
        for (ssize_t count = 0; (count = ::read(ends[0], block.data(), block.size())) > 0;) {
            all.append(block.data(), static_cast<std::size_t>(count));
        }
        return all;
    }
    std::array<int, 2> ends{};
};

}  // namespace

TEST_CASE("a file gets every line") {
    std::FILE* const file = std::tmpfile();
    REQUIRE(file);
    std::string wanted;
    {
        LogWriter writer(::fileno(file), 1);
        for (int i = 0; i < 5'000; ++i) {
            auto const line = std::to_string(i) + std::string(100, '.') + "\n";
            wanted += line;
            writer.push(0, line);
        }
    }
    std::string found(wanted.size() + 1, '\0');
    found.resize(static_cast<std::size_t>(::pread(::fileno(file), found.data(), found.size(), 0)));
    CHECK(found == wanted);
    std::fclose(file);
}

TEST_CASE("the lines of all workers are written whole, each worker's in order") {
    Pipe pipe;
    constexpr int lines = 500;
    {
        LogWriter writer(pipe.ends[1], 2);
        auto const push = [&writer](unsigned worker) {
            for (int i = 0; i < lines; ++i)
                writer.push(worker, std::to_string(worker) + ":" + std::to_string(i) + "\n");
        };
        std::thread other(push, 1);
        push(0);
        other.join();
        CHECK(writer.dropped() == 0);
    }
    auto const text = pipe.drain();
    CHECK(std::ranges::count(text, '\n') == 2 * lines);
    for (char const worker : {'0', '1'}) {
        std::size_t at = 0;
        for (int i = 0; i < lines; ++i) {
            at = text.find(std::string(1, worker) + ":" + std::to_string(i) + "\n", at);
            REQUIRE(at != std::string::npos);
        }
    }
}

TEST_CASE("a descriptor that takes nothing costs lines, which are counted, and holds up neither requests nor the end") {
    Pipe pipe;
    std::string const line(1023, 'x');
    auto const begun = std::chrono::steady_clock::now();
    {
        LogWriter writer(pipe.ends[1], 1);
        for (int i = 0; i < 10'000; ++i) writer.push(0, line + "\n");
        CHECK(writer.dropped() > 5'000);
    }
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(5));
}

TEST_CASE("of several lines as many are taken as there is room for, and each of the others is counted") {
    std::FILE* const file = std::tmpfile();
    REQUIRE(file);
    std::size_t taken = 0;
    {
        LogWriter writer(::fileno(file), 1);
        constexpr std::size_t length = 1000;
        std::string lines;
        for (std::size_t i = 0; i < LogWriter::buffer_bytes / length + 7; ++i)
            lines += std::string(length - 1, 'x') + "\n";
        writer.push(0, lines);
        CHECK(writer.dropped() == 7);
        writer.push(0, std::string(2 * LogWriter::buffer_bytes, 'x') + "\n");
        CHECK(writer.dropped() == 8);
        taken = LogWriter::buffer_bytes / length * length;
    }
    CHECK(static_cast<std::size_t>(::lseek(::fileno(file), 0, SEEK_END)) == taken);
    std::fclose(file);
}

TEST_CASE("a line that was cut off by a full disk spoils no other line") {
    std::FILE* const file = std::tmpfile();
    REQUIRE(file);
    int const descriptor = ::fileno(file);
    pid_t const child = ::fork();  // the limit of a file's size is the process's
    if (child == 0) {
        ::alarm(20);
        ::signal(SIGXFSZ, SIG_IGN);
        rlimit limit{};
        ::getrlimit(RLIMIT_FSIZE, &limit);
        auto const allow = [&limit](rlim_t bytes) {
            limit.rlim_cur = bytes;
            ::setrlimit(RLIMIT_FSIZE, &limit);
        };
        allow(10);
        LogWriter writer(descriptor, 1);
        writer.push(0, "first\nsecond\nthird\n");
        while (writer.dropped() == 0) std::this_thread::yield();
        writer.push(0, "fourth\n");
        while (writer.dropped() < 3) std::this_thread::yield();
        allow(limit.rlim_max);
        writer.push(0, "fifth\n");
        writer.push(0, "sixth\n");
        writer.stop();
        std::_Exit(static_cast<int>(writer.dropped()));
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 3);
    std::string found(100, '\0');
    found.resize(static_cast<std::size_t>(::pread(descriptor, found.data(), found.size(), 0)));
    CHECK(found == "first\nseco\nfifth\nsixth\n");
    std::fclose(file);
}

TEST_CASE("a reader that has gone ends nothing") {
    Pipe pipe;
    ::close(pipe.ends[0]);
    pipe.ends[0] = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    auto const before = ::signal(SIGPIPE, SIG_IGN);
    {
        LogWriter writer(pipe.ends[1], 1);
        writer.push(0, "nobody reads this\n");
    }
    ::signal(SIGPIPE, before);
    CHECK(pipe.drain().empty());
}

}  // namespace tollgate::log_writer_test
