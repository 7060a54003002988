#include "base/exit_code.hpp"
#include "server/verbs.hpp"

#include <ares_version.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <boost/version.hpp>

#include <ares.h>

namespace tollgate::server {

int verb_version() {
    fmt::print("tollgate {}\n", TOLLGATE_VERSION);
    fmt::print("{}, Boost {}.{}.{}, OpenSSL {}, c-ares {}\n", __VERSION__, BOOST_VERSION / 100'000,
               BOOST_VERSION / 100 % 1'000, BOOST_VERSION % 100, OpenSSL_version(OPENSSL_VERSION_STRING),
               ares_version(nullptr));
    return exit_code::done;
}

}  // namespace tollgate::server
