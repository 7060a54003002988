// The users as workers see them: questions run on a pool and resume the caller, and what changed is dropped from
// every worker's cache and ends the streams of users who were put out. What hashes are new is measured on the pool of
// passwords. One per store, across reloads (directories).
#pragma once

#include "auth/auth_settings.hpp"
#include "auth/change_feed.hpp"
#include "auth/freshness.hpp"
#include "auth/recent_users.hpp"
#include "auth/slowest_check.hpp"
#include "auth/store/users.hpp"
#include "auth/verified_cache.hpp"
#include "auth/watched_stores.hpp"
#include "base/error.hpp"
#include "plugin/services.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::auth {

enum class Feeding { by_thread, by_hand };  // by_hand: whoever opened it polls

class UserDirectory {
public:
    UserDirectory(plugin::Services& services, std::shared_ptr<VerifiedCaches> caches,
                  std::shared_ptr<SlowestCheck> slowest, UserSettings const& settings,
                  Patience patience = Patience::none);

    // Opens the store and starts the feed; does nothing when that is done. Main thread. The error is one line for the
    // operator.
    [[nodiscard]] std::expected<void, std::string> open(Feeding feeding = Feeding::by_thread);

    // Asks the store nothing any more, and waits for nobody. No question may be under way.
    void stop() noexcept;

    // With Feeding::by_hand: a question of the feed, and its whole step (ChangeFeed::turn).
    Result<void> poll() { return feed_->poll(); }
    std::optional<std::chrono::milliseconds> turn() { return feed_->turn(); }

    // Errors: store_unavailable, queue_full.
    [[nodiscard]] boost::asio::awaitable<Result<std::optional<User>>> find_by_id(std::int64_t id);
    [[nodiscard]] boost::asio::awaitable<Result<std::optional<User>>> find_by_email(std::string email);

    // Blocking; when opened.
    [[nodiscard]] UserStore& store() noexcept { return *store_; }

    // One whom the store has told of, when it may still be believed. Never a reason to refuse while the store answers:
    // what was changed since the last poll of the feed is not known here.
    [[nodiscard]] std::optional<User> believed(std::int64_t id, std::chrono::milliseconds grace) const {
        return freshness_after(feed_->silence(), grace) == Freshness::stale ? std::nullopt : recent_->find(id);
    }

    // Of what is known when a request comes; from here on the feed does not rest. While it did the store was not silent
    // but unasked, and there is no grace: what is not fresh is to be asked for.
    [[nodiscard]] Freshness freshness(std::chrono::milliseconds grace) const noexcept {
        auto const& rest = *feed_->rest();
        return rest.is_on() ? freshness_after_rest() : freshness_after(feed_->silence(), grace);
    }

private:
    void forget_what_was_verified_before();
    void watch_readiness();
    [[nodiscard]] Freshness freshness_after_rest() const noexcept;

    plugin::Services& services_;
    std::shared_ptr<VerifiedCaches> caches_;
    std::shared_ptr<SlowestCheck> slowest_;
    StoreLocation location_;
    unsigned connections_;
    unsigned hashing_threads_;
    Patience patience_;
    std::shared_ptr<WatchedStores> watched_;
    std::shared_ptr<RecentUsers> recent_ = std::make_shared<RecentUsers>();
    plugin::Pool* pool_ = nullptr;
    std::shared_ptr<UserStore> store_;
    std::shared_ptr<ChangeFeed> feed_;
};

}  // namespace tollgate::auth
