#include "net/tls_session.hpp"

#include <doctest/doctest.h>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>

namespace tollgate::tls_session_test {
using namespace tollgate::net;

TEST_CASE("a name that cannot be asked for is a problem of TLS and no lack of memory") {
    auto const context = TlsClientContext::create({.ca = {}, .certificate = {}, .key = {}, .verify = false});
    REQUIRE(context.has_value());
    std::array<int, 2> pair{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()) == 0);
    {
        Socket socket{Descriptor(pair[0])};
        auto const session = TlsSession::connect(std::make_shared<TlsTarget>(*context, std::string(300, 'a')), socket);
        REQUIRE(session);
        CHECK((session->shake_hands() == TlsSession::Step::failed));
        CHECK_FALSE(is_good(session->result()));
        CHECK(session->problem() == "OpenSSL cannot ask for its name");
    }
    ::close(pair[1]);
}

}  // namespace tollgate::tls_session_test
