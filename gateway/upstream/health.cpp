#include "upstream/health.hpp"

#include <algorithm>

namespace tollgate::upstream {
namespace {

using std::chrono::milliseconds;

// The length of the ejection that comes after `before` others.
milliseconds time_out(settings::Ejection const& rules, unsigned before) {
    auto length = rules.first;
    for (unsigned i = 0; i < before && length < rules.longest; ++i) length *= 2;
    return std::min(length, rules.longest);
}

}  // namespace

bool Health::request_failed(settings::Ejection const& rules, steady_time now) {
    if (now < ejected_until_) return false;  // sent before
    ++failures_;
    if (failures_ < rules.failures && ejections_ == 0) return false;
    ejected_until_ = now + time_out(rules, ejections_);
    ++ejections_;
    failures_ = 0;
    return true;
}

void Health::request_succeeded(steady_time now) {
    if (now < ejected_until_) return;
    failures_ = 0;
    ejections_ = 0;
}

bool Health::probed(bool well, settings::HealthCheck const& rules, steady_time now) {
    if (well != down_) {
        answers_ = 0;
        return false;
    }
    ++answers_;
    if (answers_ < (down_ ? rules.healthy_after : rules.unhealthy_after)) return false;
    answers_ = 0;
    down_ = !down_;
    if (!down_) up_since_ = now;
    return true;
}

void Health::forget_probes() noexcept {
    answers_ = 0;
    down_ = false;
}

steady_time Health::back_since() const noexcept { return std::max(ejected_until_, up_since_); }

double slow_start_factor(steady_time back_since, milliseconds slow_start, steady_time now) noexcept {
    if (slow_start.count() == 0 || back_since == steady_time::min()) return 1;
    constexpr double least = 0.1;
    using Seconds = std::chrono::duration<double>;
    return std::clamp(Seconds(now - back_since) / Seconds(slow_start), least, 1.0);
}

}  // namespace tollgate::upstream
