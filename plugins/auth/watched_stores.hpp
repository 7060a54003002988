// What /readyz says of the user stores: how the one answers that was opened last and is still in use. One for the
// process, kept by the services: a store of a configuration that was refused goes away again, and must not speak for
// the one that stays. Any thread.
#pragma once

#include "auth/change_feed.hpp"

#include <memory>
#include <mutex>
#include <vector>

namespace tollgate::auth {

class WatchedStores {
public:
    // From now on `feed` is asked, for as long as somebody holds it.
    void watch(std::shared_ptr<ChangeFeed> const& feed);

    // It is no longer in use, whoever still holds it.
    void leave(std::shared_ptr<ChangeFeed> const& feed);

    // Also when no store is in use. Rouses a feed that rests: it answered when it was asked last, and whoever checks
    // again hears the news.
    [[nodiscard]] bool are_ready();

private:
    std::mutex mutex_;                              // guards feeds_
    std::vector<std::weak_ptr<ChangeFeed>> feeds_;  // the newest last
};

}  // namespace tollgate::auth
