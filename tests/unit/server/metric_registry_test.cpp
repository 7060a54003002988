#include "server/metric_registry.hpp"

#include <doctest/doctest.h>

#include <thread>

namespace tollgate::metric_registry_test {
using tollgate::server::MetricRegistry;
using namespace std::chrono_literals;

TEST_CASE("one name with one set of labels is one counter, and all are summed over threads") {
    MetricRegistry registry;
    auto& good = registry.counter("requests", "Finished requests.", {{"route", "/a"}, {"status", "200"}});
    CHECK(&good == &registry.counter("requests", "ignored", {{"route", "/a"}, {"status", "200"}}));
    CHECK(&good != &registry.counter("requests", "", {{"route", "/a"}, {"status", "404"}}));
    good.add();
    std::thread([&good] {
        tollgate::metrics::this_thread_uses_shard(5);
        good.add(2);
    }).join();
    registry.gauge("connections", "Open.", [] { return 4.0; });
    registry.counted("log_dropped", "Dropped.", [] { return 7.0; });
    registry.gauges("well", "Well.",
                    [] { return MetricRegistry::Readings{{{{"server", "a"}}, 1}, {{{"server", "b"}}, 0}}; });
    registry.counts("asked", "Asked.", [] { return MetricRegistry::Readings{}; });
    CHECK(registry.text() ==
          "# HELP tollgate_requests_total Finished requests.\n"
          "# TYPE tollgate_requests_total counter\n"
          "tollgate_requests_total{route=\"/a\",status=\"200\"} 3\n"
          "tollgate_requests_total{route=\"/a\",status=\"404\"} 0\n"
          "# HELP tollgate_connections Open.\n"
          "# TYPE tollgate_connections gauge\n"
          "tollgate_connections 4\n"
          "# HELP tollgate_well Well.\n"
          "# TYPE tollgate_well gauge\n"
          "tollgate_well{server=\"a\"} 1\n"
          "tollgate_well{server=\"b\"} 0\n"
          "# HELP tollgate_asked_total Asked.\n"
          "# TYPE tollgate_asked_total counter\n"
          "# HELP tollgate_log_dropped_total Dropped.\n"
          "# TYPE tollgate_log_dropped_total counter\n"
          "tollgate_log_dropped_total 7\n");
}

TEST_CASE("a histogram counts into cumulative buckets, its sum in seconds") {
    MetricRegistry registry;
    auto& durations = registry.histogram("request_duration", "Time.", {});
    durations.observe(500us);
    durations.observe(1ms);  // a bound belongs to its bucket
    durations.observe(2s);
    durations.observe(1h);
    auto const text = registry.text();
    for (std::string_view const line :
         {"tollgate_request_duration_seconds_bucket{le=\"0.001\"} 2\n",
          "tollgate_request_duration_seconds_bucket{le=\"1\"} 2\n",
          "tollgate_request_duration_seconds_bucket{le=\"5\"} 3\n",
          "tollgate_request_duration_seconds_bucket{le=\"600\"} 3\n",
          "tollgate_request_duration_seconds_bucket{le=\"+Inf\"} 4\n", "tollgate_request_duration_seconds_count 4\n"}) {
        CHECK(text.find(line) != std::string::npos);
    }
    CHECK(text.find("tollgate_request_duration_seconds_sum 3602.0015") != std::string::npos);
}

}  // namespace tollgate::metric_registry_test
