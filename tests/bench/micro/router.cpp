#include "route/router.hpp"

#include "bench/micro/allocations.hpp"

#include <array>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace tollgate;

// An API of many tenants: literal and variable segments, and a prefix.
route::Router router_of(std::size_t routes) {
    std::vector<route::Pattern> patterns{
        {"", "/generate", {"POST"}}, {"", "/v1/models/{id}", {}}, {"", "/files/*", {}}};
    for (std::size_t i = patterns.size(); i < routes; ++i)
        patterns.push_back({"", "/v1/tenants/t" + std::to_string(i) + "/{id}/generate", {"POST"}});
    auto router = route::Router::create(patterns);
    if (!router) std::abort();
    return std::move(*router);
}

void find_route(benchmark::State& state) {
    auto const router = router_of(static_cast<std::size_t>(state.range(0)));
    constexpr std::array<std::string_view, 4> paths{"/generate", "/v1/tenants/t7/42/generate", "/v1/models/gpt",
                                                    "/files/a/b"};
    std::size_t next = 0;
    bench::CountedAllocations const counted(state);
    for (auto _ : state) {
        auto const found = router.find("api.example", "POST", paths[next++ % paths.size()]);
        if (!found) return state.SkipWithError("no route");
        benchmark::DoNotOptimize(found);
    }
}
BENCHMARK(find_route)->Arg(10)->Arg(10'000);

}  // namespace
