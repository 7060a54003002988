// The directory of the store in use, shared by all configurations that name the same store. Kept by the services across
// reloads. One that no configuration uses any more is stopped where its last request ends, on a worker, and taken apart
// where that may take its time: with the next reload, or at the end.
#pragma once

#include "auth/auth_settings.hpp"
#include "auth/directory.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tollgate::auth {

class Directories : public std::enable_shared_from_this<Directories> {
public:
    // On the thread that loads configurations.
    [[nodiscard]] std::shared_ptr<UserDirectory> of(plugin::Services& services, std::shared_ptr<VerifiedCaches> caches,
                                                    std::shared_ptr<SlowestCheck> slowest,
                                                    UserSettings const& settings);

private:
    void retire(std::unique_ptr<UserDirectory> directory);

    std::mutex mutex_;  // guards retired_
    std::vector<std::unique_ptr<UserDirectory>> retired_;
    std::string key_;
    std::weak_ptr<UserDirectory> current_;
    Patience patience_ = Patience::while_absent;  // for the first store: later ones must not hold up a reload
};

}  // namespace tollgate::auth
