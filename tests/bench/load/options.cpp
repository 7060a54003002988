#include "bench/load/options.hpp"

#include "bench/http_text.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <string_view>

namespace bench {
namespace {

[[noreturn]] void refuse(std::string const& why) {
    std::fprintf(stderr, "bench_load: %s\n", why.c_str());
    std::exit(2);
}

std::vector<std::string> lines_of(std::string const& file) {
    std::ifstream input(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(input, line);) lines.push_back(line);
    if (lines.empty()) refuse("nothing in " + file);
    return lines;
}

std::vector<pid_t> processes_of(std::string_view list) {
    std::vector<pid_t> processes;
    while (!list.empty()) {
        auto const end = std::min(list.find(','), list.size());
        processes.push_back(static_cast<pid_t>(number(list.substr(0, end))));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return processes;
}

nanoseconds_t duration_of(std::string const& seconds) {
    return static_cast<nanoseconds_t>(std::strtod(seconds.c_str(), nullptr) * static_cast<double>(second_ns));
}

}  // namespace

Options read_options(int count, char** arguments) {
    Options options;
    using Text = std::string const&;
    std::map<std::string, std::function<void(Text)>> const takes{
        {"--port", [&](Text text) { options.port = static_cast<std::uint16_t>(number(text)); }},
        {"--connections", [&](Text text) { options.connections = number(text); }},
        {"--warmup", [&](Text text) { options.warmup_ns = duration_of(text); }},
        {"--seconds", [&](Text text) { options.measured_ns = duration_of(text); }},
        {"--method", [&](Text text) { options.method = text; }},
        {"--path", [&](Text text) { options.path = text; }},
        {"--content-type", [&](Text text) { options.content_type = text; }},
        {"--body-bytes", [&](Text text) { options.body_bytes = number(text); }},
        {"--tokens", [&](Text text) { options.tokens = lines_of(text); }},
        {"--first-token", [&](Text text) { options.first_token = number(text); }},
        {"--bodies", [&](Text text) { options.bodies = lines_of(text); }},
        {"--status", [&](Text text) { options.status = static_cast<int>(number(text)); }},
        {"--rate", [&](Text text) { options.rate = std::strtod(text.c_str(), nullptr); }},
        {"--clocked", [&](Text text) { options.clocked = processes_of(text); }},
    };
    std::map<std::string, std::function<void()>> const switches{
        {"--tls", [&] { options.transport = Transport::tls; }},
        {"--new-connections", [&] { options.reuse = Reuse::new_connections; }},
    };
    if (count < 2) refuse("no mode: requests, streams or idle");
    options.mode = arguments[1];
    for (int i = 2; i < count; ++i) {
        std::string const name = arguments[i];
        if (auto const found = switches.find(name); found != switches.end()) {
            found->second();
            continue;
        }
        auto const found = takes.find(name);
        if (found == takes.end() || i + 1 == count) refuse("what is " + name + "?");
        found->second(arguments[++i]);
    }
    if (options.port == 0) refuse("no --port");
    return options;
}

}  // namespace bench
