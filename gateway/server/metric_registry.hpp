// The counters and histograms of the process by name and labels, and their text for Prometheus. Made on first use and
// kept for good, so that whoever raises one holds a plain reference. One lock, taken when one is made and when all are
// read, never when one is raised.
#pragma once

#include "base/metrics.hpp"
#include "plugin/services.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::server {

class MetricRegistry {
public:
    using Labels = plugin::Labels;

    // `tollgate_<name>_total`, `tollgate_<name>_seconds`. The help text of the first call stays.
    [[nodiscard]] metrics::ShardedCounter& counter(std::string_view name, std::string_view help, Labels const& labels);
    [[nodiscard]] metrics::ShardedHistogram& histogram(std::string_view name, std::string_view help,
                                                       Labels const& labels);

    // `tollgate_<name>`, and `tollgate_<name>_total` for what only grows, read when they are scraped, under the lock:
    // `read` neither blocks nor comes back here.
    void gauge(std::string_view name, std::string_view help, std::function<double()> read);
    void counted(std::string_view name, std::string_view help, std::function<double()> read);

    // The same for many of one name, each with its labels.
    using Readings = std::vector<std::pair<Labels, double>>;
    void gauges(std::string_view name, std::string_view help, std::function<Readings()> read);
    void counts(std::string_view name, std::string_view help, std::function<Readings()> read);

    // Everything in the text format of Prometheus, version 0.0.4.
    [[nodiscard]] std::string text() const;

private:
    template <class Metric>
    struct Family {
        std::string help;
        std::map<Labels, std::unique_ptr<Metric>> metrics;
    };
    struct Reading {
        std::string help;
        std::function<Readings()> read;
    };
    using ReadingsByName = std::map<std::string, Reading, std::less<>>;

    mutable std::mutex lock_;  // guards the maps, not what they hold
    std::map<std::string, Family<metrics::ShardedCounter>, std::less<>> counters_;
    std::map<std::string, Family<metrics::ShardedHistogram>, std::less<>> histograms_;
    ReadingsByName gauges_;
    ReadingsByName counted_;
};

}  // namespace tollgate::server
