#include "auth/directories.hpp"

#include <fmt/format.h>

#include <utility>

namespace tollgate::auth {

std::shared_ptr<UserDirectory> Directories::of(plugin::Services& services, std::shared_ptr<VerifiedCaches> caches,
                                               std::shared_ptr<SlowestCheck> slowest, UserSettings const& settings) {
    std::vector<std::unique_ptr<UserDirectory>> taken_apart;  // here, without the lock: their threads are joined
    {
        std::lock_guard const lock(mutex_);
        taken_apart.swap(retired_);
    }
    auto key = fmt::format("{} {}", settings.connections, settings.store.key);
    if (auto current = current_.lock(); current && key == key_) return current;
    auto made = std::make_unique<UserDirectory>(services, std::move(caches), std::move(slowest), settings,
                                                std::exchange(patience_, Patience::none));
    std::shared_ptr<UserDirectory> shared(made.release(), [owner = weak_from_this()](UserDirectory* directory) {
        std::unique_ptr<UserDirectory> left(directory);
        if (auto const directories = owner.lock()) directories->retire(std::move(left));
    });
    key_ = std::move(key);
    current_ = shared;
    return shared;
}

void Directories::retire(std::unique_ptr<UserDirectory> directory) {
    directory->stop();
    std::lock_guard const lock(mutex_);
    retired_.push_back(std::move(directory));
}

}  // namespace tollgate::auth
