#include "bench/load/report.hpp"

#include <algorithm>
#include <cstdio>

namespace bench {

void Report::begin(nanoseconds_t now) {
    latencies_.clear();
    received_ = sent_ = unexpected_ = lost_ = 0;
    began_ = now;
    cpu_began_ = cpu_ns(options_.clocked);
}

void Report::end(nanoseconds_t now) {
    cpu_ = cpu_ns(options_.clocked) - cpu_began_;
    elapsed_ = now - began_;
}

double Report::percentile_us(double share) {
    if (latencies_.empty()) return 0;
    auto const place = static_cast<std::size_t>(share * static_cast<double>(latencies_.size() - 1));
    auto const found = latencies_.begin() + static_cast<std::ptrdiff_t>(place);
    std::ranges::nth_element(latencies_, found);
    return static_cast<double>(*found) / 1000;
}

void Report::print() {
    std::printf(
        "{\"done\": %zu, \"received\": %llu, \"sent\": %llu, \"lost\": %llu, \"unexpected\": %llu, "
        "\"unexpected_status\": %d, \"seconds\": %.6f, \"cpu_ns\": %lld, ",
        latencies_.size(), static_cast<unsigned long long>(received_), static_cast<unsigned long long>(sent_),
        static_cast<unsigned long long>(lost_), static_cast<unsigned long long>(unexpected_), unexpected_status_,
        static_cast<double>(elapsed_) / second_ns, static_cast<long long>(cpu_));
    std::printf("\"p50_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f}\n", percentile_us(0.5), percentile_us(0.99),
                percentile_us(1));
}

}  // namespace bench
