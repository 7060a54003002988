#include "auth/watched_stores.hpp"

#include "auth/freshness.hpp"

namespace tollgate::auth {

void WatchedStores::watch(std::shared_ptr<ChangeFeed> const& feed) {
    leave(feed);
    std::lock_guard const lock(mutex_);
    feeds_.push_back(feed);
}

void WatchedStores::leave(std::shared_ptr<ChangeFeed> const& feed) {
    std::lock_guard const lock(mutex_);
    std::erase_if(feeds_, [&](auto const& known) { return known.expired() || known.lock() == feed; });
}

bool WatchedStores::are_ready() {
    std::shared_ptr<ChangeFeed> newest;
    {
        std::lock_guard const lock(mutex_);
        std::erase_if(feeds_, [](auto const& known) { return known.expired(); });
        if (!feeds_.empty()) newest = feeds_.back().lock();
    }
    if (!newest) return true;
    if (newest->rest()->is_on()) {
        newest->rest()->rouse();
        return true;
    }
    return freshness_after(newest->silence(), {}) == Freshness::fresh;
}

}  // namespace tollgate::auth
