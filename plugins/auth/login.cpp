#include "auth/login.hpp"

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <string_view>
#include <utility>

namespace tollgate::auth {
namespace {

namespace asio = boost::asio;
using plugin::Exchange;
using plugin::Reply;

Reply refuse(Exchange& exchange, Reply reply) {
    if (exchange.note == errc{}) exchange.note = reply.reason;
    return reply;
}

// Why a login that reached the hash fails, for the log alone; errc{} when it does not.
errc failure_of(std::optional<User> const& user, bool matches) {
    if (!user) return errc::user_unknown;
    if (!matches) return errc::bad_credentials;
    return user->standing == Standing::disabled ? errc::user_disabled : errc{};
}

asio::awaitable<void> wait(std::chrono::nanoseconds duration) {
    asio::steady_timer timer(co_await asio::this_coro::executor, duration);
    (void)co_await timer.async_wait(
        asio::as_tuple(asio::use_awaitable));  // cancelled: the client left, nobody will read the answer
}

}  // namespace

asio::awaitable<Reply> Login::serve(Exchange& exchange, std::string body) const {
    auto const content_type = exchange.request().fields.find(http::FieldName::content_type);
    auto attempt = read_login(content_type.value_or(std::string_view()), body);
    wipe(body);
    if (!attempt) {
        parts_.counts.count(LoginResult::malformed);
        co_return refuse(exchange, std::move(attempt).error());
    }
    if (auto const delay =
            parts_.throttle.admit(attempt->account, exchange.client().address, parts_.clock.steady_now())) {
        parts_.counts.count(LoginResult::too_many_attempts);
        co_return refuse(exchange, Reply::problem(errc::too_many_attempts).retry_after(*delay));
    }
    co_return co_await try_password(exchange, std::move(*attempt));
}

asio::awaitable<Reply> Login::try_password(Exchange& exchange, LoginAttempt attempt) const {
    auto const user = co_await parts_.users.find_by_email(attempt.email);
    if (!user) co_return unavailable(exchange, attempt.account, user.error());
    auto const outcome =
        co_await parts_.hashing.check(std::move(attempt.password), *user ? (*user)->password_hash : std::string());
    if (!outcome) co_return unavailable(exchange, attempt.account, outcome.error());

    exchange.note = failure_of(*user, outcome->matches);
    if (exchange.note == errc{}) {
        parts_.throttle.succeeded(attempt.account, exchange.client().address, parts_.clock.steady_now());
        co_return admit(exchange, **user);
    }
    parts_.counts.count(LoginResult::bad_credentials);
    auto const now = parts_.clock.steady_now();
    co_await wait(answer_time(outcome->began, now, parts_.hashing.hold()) - now);
    co_return Reply::problem(errc::bad_credentials);
}

Reply Login::unavailable(Exchange& exchange, std::string const& account, boost::system::error_code why) const {
    parts_.throttle.withdraw(account, exchange.client().address, parts_.clock.steady_now());
    parts_.counts.count(LoginResult::unavailable);
    return refuse(exchange, Reply::problem(errc_of(why, errc::internal_error)));
}

Reply Login::admit(Exchange& exchange, User const& user) const {
    auto const token = parts_.verifier.issue(std::to_string(user.id), user.token_epoch, parts_.clock.unix_seconds());
    if (!token) {
        parts_.counts.count(LoginResult::unavailable);
        return refuse(exchange, Reply::problem(errc_of(token.error(), errc::internal_error)));
    }
    parts_.counts.count(LoginResult::admitted);
    // RFC 6749, section 5.1.
    return Reply::json(fmt::format(R"({{"access_token": "{}", "token_type": "bearer", "expires_in": {}}})", *token,
                                   parts_.verifier.lifetime().count()))
        .with("Cache-Control", "no-store")
        .with("Pragma", "no-cache");
}

}  // namespace tollgate::auth
