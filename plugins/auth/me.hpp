// GET /me: who the token belongs to. A guarded route, so the bearer check ran before it.
#pragma once

#include "plugin/plugin.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <string>

namespace tollgate::auth {

class Me final : public plugin::Endpoint {
public:
    [[nodiscard]] std::size_t body_limit() const override { return 0; }
    [[nodiscard]] boost::asio::awaitable<plugin::Reply> serve(plugin::Exchange& exchange,
                                                              std::string body) const override;
};

}  // namespace tollgate::auth
