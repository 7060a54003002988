#include "server/metric_registry.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <fmt/format.h>

#include <limits>
#include <utility>
#include <vector>

namespace tollgate::server {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

template <class Metric, class Families, class Labels>
Metric& made_once(Families& families, std::string name, std::string_view help, Labels const& labels) {
    auto& family = families[std::move(name)];
    if (family.help.empty()) family.help = help;
    auto& metric = family.metrics[labels];
    if (!metric) metric = std::make_unique<Metric>();
    return *metric;
}

ClientMetric labelled(plugin::Labels const& labels) {
    ClientMetric metric;
    for (auto const& [name, value] : labels) metric.label.push_back({name, value});
    return metric;
}

ClientMetric read(plugin::Labels const& labels, metrics::ShardedCounter const& counter) {
    auto metric = labelled(labels);
    metric.counter.value = static_cast<double>(counter.total());
    return metric;
}

ClientMetric read(plugin::Labels const& labels, metrics::ShardedHistogram const& histogram) {
    auto metric = labelled(labels);
    auto const totals = histogram.totals();
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < totals.counts.size(); ++i) {
        below += totals.counts[i];
        bool const last = i == metrics::ShardedHistogram::bounds_seconds.size();
        metric.histogram.bucket.push_back(
            {below, last ? std::numeric_limits<double>::infinity() : metrics::ShardedHistogram::bounds_seconds[i]});
    }
    metric.histogram.sample_count = below;
    metric.histogram.sample_sum = totals.sum_seconds;
    return metric;
}

template <class Families>
void append(std::vector<MetricFamily>& out, Families const& families, MetricType type) {
    for (auto const& [name, family] : families) {
        MetricFamily read_family{name, family.help, type, {}};
        for (auto const& [labels, metric] : family.metrics) read_family.metric.push_back(read(labels, *metric));
        out.push_back(std::move(read_family));
    }
}

}  // namespace

metrics::ShardedCounter& MetricRegistry::counter(std::string_view name, std::string_view help, Labels const& labels) {
    std::scoped_lock const lock(lock_);
    return made_once<metrics::ShardedCounter>(counters_, fmt::format("tollgate_{}_total", name), help, labels);
}

metrics::ShardedHistogram& MetricRegistry::histogram(std::string_view name, std::string_view help,
                                                     Labels const& labels) {
    std::scoped_lock const lock(lock_);
    return made_once<metrics::ShardedHistogram>(histograms_, fmt::format("tollgate_{}_seconds", name), help, labels);
}

void MetricRegistry::gauge(std::string_view name, std::string_view help, std::function<double()> read) {
    gauges(name, help, [read = std::move(read)] { return Readings{{{}, read()}}; });
}

void MetricRegistry::counted(std::string_view name, std::string_view help, std::function<double()> read) {
    counts(name, help, [read = std::move(read)] { return Readings{{{}, read()}}; });
}

void MetricRegistry::gauges(std::string_view name, std::string_view help, std::function<Readings()> read) {
    std::scoped_lock const lock(lock_);
    gauges_[fmt::format("tollgate_{}", name)] = {std::string(help), std::move(read)};
}

void MetricRegistry::counts(std::string_view name, std::string_view help, std::function<Readings()> read) {
    std::scoped_lock const lock(lock_);
    counted_[fmt::format("tollgate_{}_total", name)] = {std::string(help), std::move(read)};
}

std::string MetricRegistry::text() const {
    std::vector<MetricFamily> families;
    {
        std::scoped_lock const lock(lock_);
        append(families, counters_, MetricType::Counter);
        append(families, histograms_, MetricType::Histogram);
        for (auto const& [name, gauge] : gauges_) {
            MetricFamily family{name, gauge.help, MetricType::Gauge, {}};
            for (auto const& [labels, value] : gauge.read())
                family.metric.emplace_back(labelled(labels)).gauge.value = value;
            families.push_back(std::move(family));
        }
        for (auto const& [name, counter] : counted_) {
            MetricFamily family{name, counter.help, MetricType::Counter, {}};
            for (auto const& [labels, value] : counter.read())
                family.metric.emplace_back(labelled(labels)).counter.value = value;
            families.push_back(std::move(family));
        }
    }
    return prometheus::TextSerializer().Serialize(families);
}

}  // namespace tollgate::server
