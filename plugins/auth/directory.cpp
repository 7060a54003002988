#include "auth/directory.hpp"

#include "auth/hashing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tollgate::auth {
namespace {

// The queue holds what the store answers in well under a second.
constexpr std::size_t most_questions = 1024;

// As Identity says it, sorted.
std::vector<std::string> texts_of(std::vector<std::int64_t> const& ids) {
    std::vector<std::string> texts;
    texts.reserve(ids.size());
    for (auto const id : ids) texts.push_back(std::to_string(id));
    std::ranges::sort(texts);
    return texts;
}

// A store may fail, and the queue before it may be full: one error for the caller.
template <class T>
Result<T> flattened(Result<Result<T>> nested) {
    if (!nested) return std::unexpected(nested.error());
    return std::move(*nested);
}

void forget_changed(RecentUsers& recent, Changes const& changes) {
    if (changes.everything) recent.forget_all();
    else recent.forget(changes.changed);
}

// Before this success counts no cache is asked that has not heard of it: what it knows may be as old as a rest was
// long. Caches first, streams after: a request that passes in between is known by its identity and ended with the
// others; one that is still being looked up finds the cache's epoch moved and looks again.
void publish(plugin::Services& services, std::shared_ptr<VerifiedCaches> const& caches, Changes const& changes) {
    caches->announce();
    services.post_to_workers(
        [caches, everything = changes.everything, users = texts_of(changes.changed)](unsigned worker) {
            if (everything) (*caches)[worker].forget_all();
            else (*caches)[worker].forget(users);
        });
    if (!changes.everything && changes.ended.empty()) return;
    services.end_exchanges(
        [everything = changes.everything, users = texts_of(changes.ended)](plugin::Exchange const& exchange) {
            return exchange.identity && (everything || std::ranges::binary_search(users, exchange.identity->user_id));
        });
}

// A hash that is slower than all before must be known as such before many have tried it. Workers hand it to the pool
// (the first one does), not the feed: pools end before the feed does. Until that has happened, each poll asks for it.
void have_measured(plugin::Services& services, std::shared_ptr<SlowestCheck> const& slowest, plugin::Pool& pool) {
    if (!slowest->has_news()) return;
    services.post_to_workers([slowest, &pool](unsigned) { slowest->measure_on(pool); });
}

}  // namespace

UserDirectory::UserDirectory(plugin::Services& services, std::shared_ptr<VerifiedCaches> caches,
                             std::shared_ptr<SlowestCheck> slowest, UserSettings const& settings, Patience patience)
    : services_(services),
      caches_(std::move(caches)),
      slowest_(std::move(slowest)),
      location_(settings.store),
      connections_(settings.connections),
      hashing_threads_(settings.hashing_threads),
      patience_(patience),
      watched_(services.keep<WatchedStores>("auth.watched_stores", [] { return std::make_shared<WatchedStores>(); })) {}

std::expected<void, std::string> UserDirectory::open(Feeding feeding) {
    if (feed_) {
        watch_readiness();  // another store may have been opened meanwhile
        return {};
    }
    auto for_workers = UserStore::open(location_, {.count = connections_, .patience = patience_});
    if (!for_workers) return std::unexpected(std::move(for_workers).error());
    auto for_feed = UserStore::open(location_, {.wakeups = Wakeups::on_change});
    if (!for_feed) return std::unexpected(std::move(for_feed).error());

    std::shared_ptr<UserStore> const feeding_store = std::move(*for_feed);
    auto feed = std::make_shared<ChangeFeed>(
        [store = feeding_store, &services = services_, slowest = slowest_,
         &passwords = password_pool(services_, hashing_threads_)](LogPoint const& latest) {
            auto changes = store->changes_after(latest);
            if (changes && !changes->schemes.empty()) slowest->expect(changes->schemes);
            have_measured(services, slowest, passwords);
            return changes;
        },
        [store = feeding_store] { return store->wakeup(); }, services_.clock(),
        [&services = services_, caches = caches_, recent = recent_](Changes const& changes) {
            forget_changed(*recent, changes);
            publish(services, caches, changes);
        });
    // A connection across a network that nobody uses may be dropped on the way without a word: there it goes on asking.
    if (location_.engine == Engine::sqlite) {
        feed->may_rest([&services = services_, rest = feed->rest()] {
            services.end_exchanges([rest](plugin::Exchange const&) {
                rest->rouse();
                return false;
            });
        });
    }
    if (!feed->poll()) return std::unexpected("the user store " + location_.shown + " does not answer");
    forget_what_was_verified_before();
    store_ = std::move(*for_workers);
    // A thread for each connection: nobody waits for one. A pool keeps the size that it was made with.
    auto const name = connections_ == 1 ? "store" : fmt::format("store {}", connections_);
    pool_ = &services_.pool(name, {.threads = connections_, .queue = most_questions});
    if (feeding == Feeding::by_thread) feed->start();
    feed_ = std::move(feed);
    watch_readiness();
    return {};
}

// The feed tells what happens from now on. What happened since the caches learned of these users, by a directory that
// was not asked any more, nobody would tell.
void UserDirectory::forget_what_was_verified_before() {
    caches_->announce();
    services_.post_to_workers([caches = caches_](unsigned worker) { (*caches)[worker].forget_all(); });
}

void UserDirectory::watch_readiness() {
    watched_->watch(feed_);
    services_.readiness("users", [watched = watched_] { return watched->are_ready(); });
}

Freshness UserDirectory::freshness_after_rest() const noexcept {
    feed_->rest()->rouse();
    return freshness_after(feed_->silence(), {});
}

void UserDirectory::stop() noexcept {
    if (feed_) {
        feed_->stop();
        watched_->leave(feed_);
    }
    store_.reset();
}

boost::asio::awaitable<Result<std::optional<User>>> UserDirectory::find_by_id(std::int64_t id) {
    auto const epoch = recent_->epoch();
    auto found = flattened(co_await pool_->run([store = store_, id] { return store->find_by_id(id); }));
    if (found && *found) recent_->remember(**found, epoch);
    co_return found;
}

boost::asio::awaitable<Result<std::optional<User>>> UserDirectory::find_by_email(std::string email) {
    feed_->rest()->rouse();  // a hash that is new may be a slow one
    co_return flattened(
        co_await pool_->run([store = store_, email = std::move(email)] { return store->find_by_email(email); }));
}

}  // namespace tollgate::auth
