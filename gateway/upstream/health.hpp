// Whether a server is fit for requests: what came of those that it got (ejection, with a back-off) and of the questions
// that the prober asked (active checks), and how much of its weight it has after it came back. Pure: events come in
// with the time. Both sides are independent: a server is used when neither is against it.
#pragma once

#include "base/clock.hpp"
#include "settings/settings.hpp"

#include <chrono>

namespace tollgate::upstream {

class Health {
public:
    // A request could not be delivered, or got no answer or one that counts as none. True when that ejects the server:
    // the time of an ejection doubles each time, until a request succeeds. One failure is enough for a server that has
    // come back and not succeeded since.
    [[nodiscard]] bool request_failed(settings::Ejection const& rules, steady_time now);

    // A request was answered. What was sent before an ejection does not end it.
    void request_succeeded(steady_time now);

    // The prober's question was answered well or not. True when the server is down, or up again, by that.
    [[nodiscard]] bool probed(bool well, settings::HealthCheck const& rules, steady_time now);

    // Nothing is asked any more: what the prober found out does not hold for ever.
    void forget_probes() noexcept;

    [[nodiscard]] bool down() const noexcept { return down_; }
    [[nodiscard]] steady_time ejected_until() const noexcept { return ejected_until_; }
    [[nodiscard]] steady_time back_since() const noexcept;  // of the last return; min() when it was never away
    [[nodiscard]] bool has_failed() const noexcept { return failures_ > 0 || ejections_ > 0; }  // since it succeeded

private:
    unsigned failures_ = 0;   // in a row
    unsigned ejections_ = 0;  // since a request succeeded
    steady_time ejected_until_ = steady_time::min();
    unsigned answers_ = 0;  // of the prober in a row that speak against what is believed
    bool down_ = false;
    steady_time up_since_ = steady_time::min();
};

// How much of its weight a server has that is back since `back_since`: from a tenth to all, evenly over `slow_start`.
[[nodiscard]] double slow_start_factor(steady_time back_since, std::chrono::milliseconds slow_start,
                                       steady_time now) noexcept;

}  // namespace tollgate::upstream
