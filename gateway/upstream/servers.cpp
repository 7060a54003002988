#include "upstream/servers.hpp"

namespace tollgate::upstream {
namespace {

template <class Known, class Make>
auto found_or_made(Known& known, typename Known::key_type const& name, Make make) {
    std::erase_if(known, [](auto const& entry) { return entry.second.expired(); });
    auto& place = known[name];
    auto one = place.lock();
    if (!one) place = one = make();
    return one;
}

template <class Known>
auto alive(Known const& known) {
    std::vector<decltype(known.begin()->second.lock())> all;
    for (auto const& [name, weak] : known) {
        if (auto one = weak.lock()) all.push_back(std::move(one));
    }
    return all;
}

}  // namespace

std::shared_ptr<Server> Servers::at(std::string const& upstream, std::string const& name) {
    std::scoped_lock const lock(lock_);
    return found_or_made(known_, std::pair(upstream, name), [&] { return std::make_shared<Server>(upstream, name); });
}

std::vector<std::shared_ptr<Server>> Servers::all() const {
    std::scoped_lock const lock(lock_);
    return alive(known_);
}

std::shared_ptr<Queue> Servers::queue_of(std::string const& upstream) {
    std::scoped_lock const lock(lock_);
    return found_or_made(queues_, upstream, [&] { return std::make_shared<Queue>(upstream); });
}

std::vector<std::shared_ptr<Queue>> Servers::queues() const {
    std::scoped_lock const lock(lock_);
    return alive(queues_);
}

}  // namespace tollgate::upstream
