#include "upstream/targets.hpp"

#include <utility>

namespace tollgate::upstream {

Targets::Targets(std::vector<std::string> names, unsigned workers) : names_(std::move(names)), workers_(workers) {}

void Targets::use(std::shared_ptr<net::TlsClientContext const> context) {
    std::vector<std::shared_ptr<net::TlsTarget>> targets;
    for (auto const& name : names_) {
        for (unsigned i = 0; i < workers_; ++i) targets.push_back(std::make_shared<net::TlsTarget>(context, name));
    }
    std::scoped_lock const lock(lock_);
    context_ = std::move(context);
    targets_ = std::move(targets);
}

std::shared_ptr<net::TlsTarget> Targets::at(std::size_t server, unsigned worker) const {
    std::scoped_lock const lock(lock_);
    if (worker < workers_ && !targets_.empty()) return targets_[server * workers_ + worker];
    return std::make_shared<net::TlsTarget>(context_, names_[server]);
}

}  // namespace tollgate::upstream
