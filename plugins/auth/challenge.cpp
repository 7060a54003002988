#include "auth/challenge.hpp"

#include <string>
#include <utility>

namespace tollgate::auth {

http::Reply refused_token(errc reason) {
    auto reply = http::Reply::problem(reason);
    if (reply.status == 503) return std::move(reply).retry_after(retry_soon);
    if (reply.status != 401) return reply;
    return std::move(reply).with("WWW-Authenticate",
                                 std::string(reason == errc::no_token ? plain_challenge : token_challenge));
}

}  // namespace tollgate::auth
