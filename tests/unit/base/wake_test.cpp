#include "base/wake.hpp"

#include <doctest/doctest.h>

#include <poll.h>

namespace tollgate::wake_test {
namespace {

bool is_readable(Wake const& wake) {
    pollfd one{.fd = wake.descriptor(), .events = POLLIN, .revents = 0};
    return ::poll(&one, 1, 0) == 1;
}

}  // namespace

TEST_CASE("a wake is readable from the first call until it was heard") {
    Wake const wake;
    CHECK_FALSE(is_readable(wake));
    wake.wake();
    wake.wake();
    CHECK(is_readable(wake));
    wake.heard();
    CHECK_FALSE(is_readable(wake));
    wake.heard();
    wake.wake();
    CHECK(is_readable(wake));
}

}  // namespace tollgate::wake_test
