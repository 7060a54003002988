// How many passwords a second the password library checks when nothing else is in the way.
//
//   bench_crypt THREADS SECONDS COST      prints checks a second
//   bench_crypt hash PASSWORD COST        prints a hash
#include "bench/clock.hpp"
#include "bench/http_text.hpp"

#include <atomic>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <crypt.h>

namespace {

std::string hash_of(std::string const& password, std::string const& setting) {
    auto const room = std::make_unique<crypt_data>();
    auto const* const hash = ::crypt_rn(password.c_str(), setting.c_str(), room.get(), sizeof(crypt_data));
    return hash ? hash : "";
}

std::string setting_of(unsigned long cost) {
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    char const* const made = ::crypt_gensalt_rn("$2b$", cost, nullptr, 0, setting, sizeof setting);
    return made ? made : "";
}

double checks_a_second(unsigned threads, bench::nanoseconds_t duration, std::string const& stored) {
    std::atomic<unsigned> checks = 0;
    std::atomic<bench::nanoseconds_t> last = 0;
    auto const began = bench::now_ns();
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < threads; ++i) {
        workers.emplace_back([&] {
            while (bench::now_ns() - began < duration) {
                (void)hash_of("supersecret123", stored);
                ++checks;
                last = bench::now_ns();
            }
        });
    }
    workers.clear();
    return checks * static_cast<double>(bench::second_ns) / static_cast<double>(last - began);
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) return std::fprintf(stderr, "bench_crypt THREADS SECONDS COST | hash PASSWORD COST\n"), 2;
    auto const setting = setting_of(bench::number(arguments[3]));
    if (std::string_view(arguments[1]) == "hash") return std::puts(hash_of(arguments[2], setting).c_str()), 0;
    auto const threads = static_cast<unsigned>(bench::number(arguments[1]));
    auto const duration = static_cast<bench::nanoseconds_t>(bench::number(arguments[2])) * bench::second_ns;
    std::printf("%.3f\n", checks_a_second(threads, duration, setting));
}
