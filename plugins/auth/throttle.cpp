#include "auth/throttle.hpp"

#include "base/client_key.hpp"

#include <algorithm>

namespace tollgate::auth {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

milliseconds wait_after(unsigned failures, ThrottleLimits const& limits) {
    if (failures < limits.failures) return milliseconds(0);
    auto wait = limits.first_wait;
    for (auto i = limits.failures; i < failures && wait < limits.longest_wait; ++i) wait *= 2;
    return std::min(wait, limits.longest_wait);
}

}  // namespace

template <class Row>
Row& Throttle::Table<Row>::at(Key key, std::size_t capacity) {
    if (auto const found = index.find(key); found != index.end()) {
        rows.splice(rows.begin(), rows, found->second);
        return rows.front().second;
    }
    if (rows.size() >= capacity) {
        index.erase(rows.back().first);
        rows.pop_back();
    }
    rows.emplace_front(key, Row{});
    index.emplace(key, rows.begin());
    return rows.front().second;
}

template <class Row>
Row* Throttle::Table<Row>::find(Key key) {
    auto const found = index.find(key);
    return found == index.end() ? nullptr : &found->second->second;
}

template <class Row>
void Throttle::Table<Row>::erase(Key key) {
    auto const found = index.find(key);
    if (found == index.end()) return;
    rows.erase(found->second);
    index.erase(found);
}

std::optional<seconds> Throttle::admit(std::string_view account, std::string_view client, steady_time now) {
    std::lock_guard const lock(mutex_);
    auto& name = accounts_.at(hash_(account), capacity_);
    auto& bucket = clients_.at(hash_(client_key(client)), capacity_);
    // The bucket is empty when one attempt more would take it over `burst` intervals until full.
    auto const full_at = std::max(bucket.full_at, now) + limits_.interval;
    auto const bucket_free_at = full_at - limits_.interval * static_cast<int>(limits_.burst);
    auto const free_at = std::max(name.free_at, bucket_free_at);
    if (free_at > now) return std::max(seconds(1), std::chrono::ceil<seconds>(free_at - now));

    bucket.full_at = full_at;
    ++name.failures;
    name.free_at = now + wait_after(name.failures, limits_);
    return std::nullopt;
}

void Throttle::succeeded(std::string_view account, std::string_view client) {
    std::lock_guard const lock(mutex_);
    accounts_.erase(hash_(account));
    refund(hash_(client_key(client)));
}

void Throttle::withdraw(std::string_view account, std::string_view client) {
    std::lock_guard const lock(mutex_);
    if (auto* const row = accounts_.find(hash_(account)); row && row->failures > 0) {
        --row->failures;
        row->free_at = {};
    }
    refund(hash_(client_key(client)));
}

void Throttle::refund(Key client) {
    if (auto* const row = clients_.find(client)) row->full_at -= limits_.interval;
}

std::size_t Throttle::size() const {
    std::lock_guard const lock(mutex_);
    return std::max(accounts_.rows.size(), clients_.rows.size());
}

}  // namespace tollgate::auth
