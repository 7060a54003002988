#include "auth/bearer.hpp"

#include "auth/authorization.hpp"

#include <charconv>
#include <utility>

namespace tollgate::auth {
namespace {

using plugin::Exchange;
using plugin::Identity;
using plugin::IdentityPtr;
using plugin::Verdict;

constexpr int most_lookups = 3;  // of one token, while users change under it

IdentityPtr make_identity(std::string user_id, std::string email) {
    auto* const identity = new Identity;
    IdentityPtr owner(identity);
    identity->user_id = std::move(user_id);
    identity->email = std::move(email);
    return owner;
}

}  // namespace

std::int64_t user_id_of(std::string_view subject) noexcept {
    std::int64_t id = 0;
    auto const [end, error] = std::from_chars(subject.data(), subject.data() + subject.size(), id);
    bool const canonical =
        error == std::errc() && end == subject.data() + subject.size() && id > 0 && subject.front() != '0';
    return canonical ? id : 0;
}

errc refusal_of(Claims const& claims, User const& user) noexcept {
    if (user.standing == Standing::disabled) return errc::user_disabled;
    // A token of another issuer with the same key has no epoch: it must be younger than the last change.
    bool const current = claims.epoch
                             ? *claims.epoch == user.token_epoch
                             : user.tokens_changed_at == 0 || claims.issued_at.value_or(0) > user.tokens_changed_at;
    return current ? errc{} : errc::token_revoked;
}

Verdict Bearer::on_request(Exchange& exchange) const {
    if (exchange.route->access == Access::open || exchange.identity) return Verdict::pass();
    auto const token = bearer_token(exchange.request().fields);
    if (!token) return refuse(exchange, token.error());
    auto const freshness = parts_.users ? parts_.users->freshness(parts_.store_grace) : Freshness::fresh;
    if (freshness != Freshness::stale && parts_.caches.has_heard_all(exchange.worker)) {
        auto& cache = parts_.caches[exchange.worker];
        if (auto const* const known = cache.find(*token, parts_.fingerprint, parts_.clock.tick_seconds())) {
            exchange.identity = *known;
            parts_.decisions.admitted(freshness == Freshness::fresh ? Admission::cached : Admission::in_grace);
            return Verdict::pass();
        }
    }
    return verify(exchange, *token);
}

Verdict Bearer::verify(Exchange& exchange, std::string_view token) const {
    if (!is_b64token(token)) return refuse(exchange, errc::bad_token);
    auto claims = parts_.verifier.verify(token, parts_.clock.tick_seconds());
    if (!claims) return refuse(exchange, claims.error());
    if (!parts_.users) {
        (void)keep(exchange, token, *claims, {}, parts_.caches[exchange.worker].epoch());
        return Verdict::pass();
    }
    auto const id = user_id_of(claims->subject);
    if (id == 0) return refuse(exchange, errc::user_unknown);
    if (is_remembered(exchange, token, *claims, id)) return Verdict::pass();
    return Verdict::wait(look_up(exchange, std::string(token), std::move(*claims), id));
}

// Whether his user was seen lately and the token is good for him: it is kept then. If he has changed since, the feed
// makes all workers forget it, and ends the exchange, as with every known token. Whoever would be refused is looked up:
// he may have been enabled, or have logged in with a new password, since the feed spoke.
bool Bearer::is_remembered(Exchange& exchange, std::string_view token, Claims const& claims, std::int64_t id) const {
    auto user = parts_.users->believed(id, {});
    return user && refusal_of(claims, *user) == errc{} &&
           keep(exchange, token, claims, std::move(user->email), parts_.caches[exchange.worker].epoch());
}

boost::asio::awaitable<Verdict> Bearer::look_up(Exchange& exchange, std::string token, Claims claims,
                                                std::int64_t id) const {
    if (parts_.users->freshness(parts_.store_grace) == Freshness::grace) {  // asking could take long, and be in vain
        if (auto const user = parts_.users->believed(id, parts_.store_grace))
            co_return believe(exchange, claims, *user);
    }
    for (int lookup = 0; lookup < most_lookups; ++lookup) {
        auto const epoch = parts_.caches[exchange.worker].epoch();
        auto const user = co_await parts_.users->find_by_id(id);
        if (!user) {
            auto const known = parts_.users->believed(id, parts_.store_grace);
            co_return known ? believe(exchange, claims, *known) : refuse(exchange, user.error());
        }
        if (!*user) co_return refuse(exchange, errc::user_unknown);
        if (auto const why = refusal_of(claims, **user); why != errc{}) co_return refuse(exchange, why);
        if (keep(exchange, token, claims, (*user)->email, epoch)) co_return Verdict::pass();
    }
    co_return refuse(exchange, errc::store_unavailable);
}

// Admits, and remembers the token. False, and nothing is done, when users have changed since `epoch`, perhaps this one:
// the streams that it had were ended before this one was known.
bool Bearer::keep(Exchange& exchange, std::string_view token, Claims const& claims, std::string email,
                  std::uint64_t epoch) const {
    auto identity = make_identity(claims.subject, std::move(email));
    if (!parts_.caches[exchange.worker].insert(token, identity, claims.expires_at, parts_.fingerprint, epoch))
        return false;
    exchange.identity = std::move(identity);
    parts_.decisions.admitted(Admission::verified);
    return true;
}

// The store is silent, and has told of this user before. The token is not kept: it is looked up when the store speaks.
Verdict Bearer::believe(Exchange& exchange, Claims const& claims, User const& user) const {
    if (auto const why = refusal_of(claims, user); why != errc{}) return refuse(exchange, why);
    exchange.identity = make_identity(claims.subject, user.email);
    parts_.decisions.admitted(Admission::in_grace);
    return Verdict::pass();
}

Verdict Bearer::refuse(Exchange& exchange, boost::system::error_code why) const {
    auto const reason = errc_of(why, errc::internal_error);
    exchange.note = reason;
    parts_.decisions.refused(reason);
    return Verdict::answer(http::Reply::problem(reason));
}

}  // namespace tollgate::auth
