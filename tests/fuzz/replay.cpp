// Runs every file of a corpus through its target once: the seeds as a test, without libFuzzer.
//
//     fuzz_replay CORPUS [TARGET]     CORPUS holds a folder for each target
#include "fuzz/targets.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using tollgate::fuzz::Target;

struct Count {
    unsigned passed = 0;
    unsigned failed = 0;
};

std::vector<fs::path> seeds_in(fs::path const& folder) {
    std::vector<fs::path> seeds;
    std::error_code missing;  // counted as an empty one
    for (auto const& entry : fs::directory_iterator(folder, missing)) {
        if (entry.is_regular_file()) seeds.push_back(entry.path());
    }
    std::ranges::sort(seeds);
    return seeds;
}

// Copied into a block of its own size: a step over its end is seen.
std::vector<char> read(fs::path const& file) {
    std::ifstream stream(file, std::ios::binary);
    std::vector<char> bytes{std::istreambuf_iterator<char>(stream), {}};
    bytes.shrink_to_fit();
    return bytes;
}

void replay(Target const& target, fs::path const& seed, Count& count) {
    std::printf(" %s", seed.filename().c_str());  // before: what crashes is the last one named
    std::fflush(stdout);
    auto const bytes = read(seed);
    try {
        target.run({bytes.data(), bytes.size()});
        ++count.passed;
    } catch (std::exception const& broken) {
        std::printf("\n%s FAILED: %s\n", seed.c_str(), broken.what());
        ++count.failed;
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2 || argc > 3) return 2;
    Count count;
    for (auto const& target : tollgate::fuzz::targets) {
        if (argc == 3 && target.name != argv[2]) continue;
        auto const folder = fs::path(argv[1]) / target.name;
        auto const seeds = seeds_in(folder);
        std::printf("%s:", target.name.data());
        for (auto const& seed : seeds) replay(target, seed, count);
        std::printf("\n");
        if (!seeds.empty()) continue;
        std::printf("%s FAILED: there is no seed\n", folder.c_str());
        ++count.failed;
    }
    std::printf("seeds: %u passed, %u failed\n", count.passed, count.failed);
    return count.passed > 0 && count.failed == 0 ? 0 : 1;
}
