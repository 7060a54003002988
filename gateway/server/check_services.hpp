// Services for plugins that are made but never opened nor asked anything: for the verbs that look at a configuration
// without serving it. Counters count and nobody reads them, pools refuse every job, nothing is posted. For one
// thread.
#pragma once

#include "base/clock.hpp"
#include "plugin/services.hpp"

#include <any>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace tollgate::server {

class CheckServices final : public plugin::Services {
public:
    [[nodiscard]] Clock const& clock() const noexcept override { return clock_; }
    [[nodiscard]] unsigned worker_count() const noexcept override { return 1; }
    void post_to_workers(std::function<void(unsigned)>) override {}

    [[nodiscard]] plugin::Counter& counter(std::string_view name, std::string_view, plugin::Labels labels) override {
        return counters_[{std::string(name), std::move(labels)}];
    }
    [[nodiscard]] plugin::Histogram& histogram(std::string_view name, std::string_view,
                                               plugin::Labels labels) override {
        return histograms_[{std::string(name), std::move(labels)}];
    }

    [[nodiscard]] plugin::Pool& pool(std::string_view, plugin::PoolLimits) override { return pool_; }
    void readiness(std::string, std::function<bool()>) override {}
    void end_exchanges(std::function<bool(plugin::Exchange const&)>) override {}

protected:
    [[nodiscard]] std::any kept(std::string const& key, std::function<std::any()> const& make) override {
        auto found = kept_.find(key);
        if (found == kept_.end()) found = kept_.emplace(key, make()).first;
        return found->second;
    }

private:
    class RefusingPool final : public plugin::Pool {
    public:
        [[nodiscard]] bool submit(std::move_only_function<void()>&) override { return false; }
    };
    using Series = std::pair<std::string, plugin::Labels>;

    SystemClock clock_;
    std::map<Series, plugin::Counter> counters_;
    std::map<Series, plugin::Histogram> histograms_;
    RefusingPool pool_;
    std::map<std::string, std::any> kept_;
};

}  // namespace tollgate::server
