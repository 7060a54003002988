#include "auth/verified_cache.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::verified_cache_test {
using namespace tollgate::auth;
using tollgate::plugin::Identity;
using tollgate::plugin::IdentityPtr;

namespace {

// Nobody can choose two tokens with one hash, so a test has to reach for what the cache keeps to itself: what an
// explicit instantiation names may be private.
auto& entries_of(VerifiedCache& cache);
auto& hash_of(VerifiedCache& cache);

template <auto entries, auto hash>
struct Opened {
    friend auto& entries_of(VerifiedCache& cache) { return cache.*entries; }
    friend auto& hash_of(VerifiedCache& cache) { return cache.*hash; }
};
template struct Opened<&VerifiedCache::entries_, &VerifiedCache::hash_>;

// As if `token`, which is held, had the hash of `other`.
void move_to_hash_of(VerifiedCache& cache, std::string_view other, std::string_view token) {
    auto& entries = entries_of(cache);
    auto const found = entries.find(hash_of(cache)(token));
    REQUIRE(found != entries.end());
    auto entry = std::move(found->second);
    entries.erase(found);
    entries[hash_of(cache)(other)] = std::move(entry);
}

constexpr std::uint64_t settings = 99;

IdentityPtr user(std::string id) {
    auto* const identity = new Identity;
    identity->user_id = std::move(id);
    return identity;
}

void put(VerifiedCache& cache, std::string token, std::string id = "1", std::int64_t expires_at = 1000) {
    REQUIRE(cache.insert(std::move(token), user(std::move(id)), expires_at, settings, cache.epoch()));
}

bool holds(VerifiedCache& cache, std::string_view token, std::int64_t now = 0) {
    return cache.find(token, settings, now) != nullptr;
}

// The two generations as two maps, for comparison.
class Model {
public:
    explicit Model(std::size_t capacity) : generation_capacity_(capacity / 2) {}

    std::string find(std::string const& token, std::int64_t now) {
        if (!young_.contains(token)) {
            auto node = old_.extract(token);
            if (node.empty()) return {};
            make_room();
            young_.insert(std::move(node));
        }
        if (now < young_[token].second) return young_[token].first;
        young_.erase(token);
        return {};
    }
    void insert(std::string const& token, std::string const& user, std::int64_t expires_at) {
        old_.erase(token);
        young_.erase(token);
        make_room();
        young_[token] = {user, expires_at};
    }
    void forget(std::string const& user) {
        auto const is_theirs = [&](auto const& item) { return item.second.first == user; };
        std::erase_if(young_, is_theirs);
        std::erase_if(old_, is_theirs);
    }
    void forget_all() {
        young_.clear();
        old_.clear();
    }
    [[nodiscard]] std::size_t size() const { return young_.size() + old_.size(); }

private:
    void make_room() {
        if (young_.size() < generation_capacity_) return;
        old_.clear();
        old_.swap(young_);
    }

    std::size_t generation_capacity_;
    std::map<std::string, std::pair<std::string, std::int64_t>> young_;
    std::map<std::string, std::pair<std::string, std::int64_t>> old_;
};

}  // namespace

TEST_CASE("whatever is done with it, the cache holds what two generations hold") {
    for (std::size_t const capacity : {2U, 8U, 100U}) {
        CAPTURE(capacity);
        VerifiedCache cache(capacity);
        Model model(capacity);
        std::mt19937 chosen(static_cast<unsigned>(capacity));
        auto const below = [&chosen](std::size_t limit) { return chosen() % limit; };
        for (int step = 0; step < 20'000; ++step) {
            CAPTURE(step);
            auto const token = "token " + std::to_string(below(3 * capacity)) + std::string(below(2) * 300, '.');
            auto const user_id = std::to_string(below(capacity));
            auto const now = static_cast<std::int64_t>(step);
            auto const action = below(100);
            if (action < 40) {
                auto const expires_at = now + 1 + static_cast<std::int64_t>(below(10 * capacity));
                put(cache, token, user_id, expires_at);
                model.insert(token, user_id, expires_at);
            } else if (action < 98) {
                auto const* const found = cache.find(token, settings, now);
                CHECK((found ? (*found)->user_id : std::string()) == model.find(token, now));
            } else if (action < 99) {
                cache.forget(std::vector{user_id});
                model.forget(user_id);
            } else {
                cache.forget_all();
                model.forget_all();
            }
            REQUIRE(cache.size() == model.size());
        }
    }
}

TEST_CASE("a token that was inserted is found with its identity, and only the whole token") {
    VerifiedCache cache;
    put(cache, "header.payload.signature", "7");
    auto const* const found = cache.find("header.payload.signature", settings, 0);
    REQUIRE(found);
    CHECK((*found)->user_id == "7");
    CHECK_FALSE(holds(cache, "header.payload.signatur"));
    CHECK_FALSE(holds(cache, "header.payload.signature2"));
    CHECK_FALSE(holds(cache, ""));
}

TEST_CASE("a token that has the hash of another is still another, whichever byte of it differs") {
    std::string const token = "header.payload.signature";
    std::vector<std::string> others{"", token.substr(0, token.size() - 1), token + "2", token + token};
    for (std::size_t i = 0; i < token.size(); ++i) {
        others.push_back(token);
        others.back()[i] = '~';
    }
    for (auto const& other : others) {
        CAPTURE(other);
        VerifiedCache cache;
        put(cache, token, "7");
        move_to_hash_of(cache, other, token);
        CHECK_FALSE(holds(cache, other));
        put(cache, other, "8");  // the later is held
        REQUIRE(holds(cache, other));
        CHECK((*cache.find(other, settings, 0))->user_id == "8");
        CHECK(cache.size() == 1);
    }
}

TEST_CASE("a token is forgotten at its exp") {
    VerifiedCache cache;
    put(cache, "t", "1", 1000);
    CHECK(holds(cache, "t", 999));
    CHECK_FALSE(holds(cache, "t", 1000));
    CHECK(cache.size() == 0);
}

TEST_CASE("a token verified under other settings is not used") {
    VerifiedCache cache;
    put(cache, "t");
    CHECK(cache.find("t", settings + 1, 0) == nullptr);
    REQUIRE(cache.insert("t", user("2"), 1000, settings + 1, cache.epoch()));
    CHECK((*cache.find("t", settings + 1, 0))->user_id == "2");
    CHECK(cache.find("t", settings, 0) == nullptr);
    CHECK(cache.size() == 1);
}

TEST_CASE("a change forgets the tokens of those users, and of no others") {
    VerifiedCache cache;
    put(cache, "a1", "1");
    put(cache, "a2", "1");
    put(cache, "b", "2");
    put(cache, "c", "10");
    cache.forget(std::vector<std::string>{"1", "3"});
    CHECK_FALSE(holds(cache, "a1"));
    CHECK_FALSE(holds(cache, "a2"));
    CHECK(holds(cache, "b"));
    CHECK(holds(cache, "c"));
    cache.forget_all();
    CHECK(cache.size() == 0);
}

TEST_CASE("a change forgets what is in the old generation too") {
    VerifiedCache cache(4);
    put(cache, "aged", "1");
    put(cache, "x", "2");
    put(cache, "y", "2");  // the young generation was full: the first two are old now
    cache.forget(std::vector<std::string>{"1"});
    CHECK(cache.size() == 2);
    CHECK_FALSE(holds(cache, "aged"));
    CHECK(holds(cache, "x"));
}

TEST_CASE("what was verified before a change is not inserted after it") {
    VerifiedCache cache;
    auto const before = cache.epoch();
    cache.forget(std::vector<std::string>{"5"});
    CHECK_FALSE(cache.insert("t", user("1"), 1000, settings, before));
    CHECK(cache.size() == 0);
    CHECK(cache.insert("t", user("1"), 1000, settings, cache.epoch()));
    auto const later = cache.epoch();
    cache.forget_all();
    CHECK_FALSE(cache.insert("u", user("1"), 1000, settings, later));
}

TEST_CASE("the cache is bounded, and keeps what is used") {
    VerifiedCache cache(8);
    put(cache, "used");
    for (int i = 0; i < 100; ++i) {
        put(cache, "other" + std::to_string(i));
        CHECK(cache.size() <= 8);
        CHECK(holds(cache, "used"));
    }
    CHECK(holds(cache, "other99"));
    CHECK_FALSE(holds(cache, "other0"));
}

TEST_CASE("a token inserted again is held once") {
    VerifiedCache cache(4);
    put(cache, "t", "1");
    put(cache, "x");
    put(cache, "y");  // t is in the old generation now
    put(cache, "t", "2");
    CHECK((*cache.find("t", settings, 0))->user_id == "2");
    cache.forget(std::vector<std::string>{"2"});
    CHECK_FALSE(holds(cache, "t"));
}

}  // namespace tollgate::verified_cache_test
