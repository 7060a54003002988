// The users as workers see them: questions run on a pool and resume the caller, and what changed is dropped from
// every worker's cache and ends the streams of users who were put out. What hashes are new is measured on the pool of
// passwords. Kept by the services, one per store, across reloads.
#pragma once

#include "auth/auth_settings.hpp"
#include "auth/change_feed.hpp"
#include "auth/freshness.hpp"
#include "auth/slowest_check.hpp"
#include "auth/store/users.hpp"
#include "auth/verified_cache.hpp"
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

using VerifiedCaches = plugin::PerWorker<VerifiedCache>;

enum class Feeding { by_thread, by_hand };  // by_hand: whoever opened it polls

class UserDirectory {
public:
    UserDirectory(plugin::Services& services, std::shared_ptr<VerifiedCaches> caches,
                  std::shared_ptr<SlowestCheck> slowest, UserSettings const& settings);

    // Opens the store and starts the feed; does nothing when that is done. Main thread. The error is one line for the
    // operator.
    [[nodiscard]] std::expected<void, std::string> open(Feeding feeding = Feeding::by_thread);

    // With Feeding::by_hand: one step of the feed.
    Result<void> poll() { return feed_->poll(); }

    // Errors: store_unavailable, queue_full.
    [[nodiscard]] boost::asio::awaitable<Result<std::optional<User>>> find_by_id(std::int64_t id);
    [[nodiscard]] boost::asio::awaitable<Result<std::optional<User>>> find_by_email(std::string email);

    // Blocking; when opened.
    [[nodiscard]] UserStore& store() noexcept { return *store_; }

    [[nodiscard]] Freshness freshness(std::chrono::milliseconds grace) const noexcept {
        return freshness_after(feed_->silence(), grace);
    }

private:
    plugin::Services& services_;
    std::shared_ptr<VerifiedCaches> caches_;
    std::shared_ptr<SlowestCheck> slowest_;
    StoreLocation location_;
    unsigned connections_;
    plugin::Pool* pool_ = nullptr;
    std::shared_ptr<UserStore> store_;
    std::shared_ptr<ChangeFeed> feed_;
};

}  // namespace tollgate::auth
