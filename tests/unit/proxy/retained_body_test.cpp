#include "proxy/retained_body.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tollgate::retained_body_test {
using tollgate::net::BlockPool;
using tollgate::proxy::RetainedBody;

TEST_CASE("what is kept of a body is all of it, in order") {
    BlockPool pool;
    RetainedBody body(pool);
    CHECK(body.at_hand());
    CHECK_FALSE(body.is_kept());
    body.keep("");
    CHECK(body.is_kept());
    CHECK(body.text().empty());
    std::string all;
    for (unsigned i = 0; all.size() + 10 < RetainedBody::most_bytes; ++i) {
        auto const piece = std::to_string(i) + std::string(i % 5, '.');
        body.keep(piece);
        all += piece;
    }
    body.keep(std::string(RetainedBody::most_bytes - all.size(), 'x'));
    all.resize(RetainedBody::most_bytes, 'x');
    CHECK(body.text() == all);
    CHECK(body.at_hand());
    CHECK(body.is_kept());
}

TEST_CASE("a body that becomes too large is given up for good, in the middle or at once") {
    BlockPool pool;
    for (std::size_t const first : {std::size_t{0}, RetainedBody::most_bytes}) {
        RetainedBody body(pool);
        body.keep(std::string(first, 'x'));
        CHECK(body.at_hand());
        body.keep(std::string(RetainedBody::most_bytes + 1 - first, 'x'));
        CHECK_FALSE(body.at_hand());
        CHECK_FALSE(body.is_kept());
        CHECK(body.text().empty());
        body.keep("x");
        CHECK_FALSE(body.at_hand());
        CHECK(body.text().empty());
    }
}

TEST_CASE("the memory of a body that nobody wants again goes back at once") {
    BlockPool pool;
    RetainedBody body(pool);
    body.keep("x");
    auto const* const block = body.text().data();
    body.give_up();
    CHECK_FALSE(body.at_hand());
    CHECK(pool.take().get() == block);
}

TEST_CASE("what is held before there is a server may be one piece too much, and is given up with the next") {
    BlockPool pool;
    RetainedBody body(pool);
    body.hold("");
    CHECK(body.is_kept());
    body.hold(std::string(RetainedBody::most_bytes, 'x'));
    CHECK_FALSE(body.is_large());
    body.hold(std::string(RetainedBody::most_bytes, 'y'));
    CHECK(body.is_large());
    CHECK(body.at_hand());
    CHECK((body.text() == std::string(RetainedBody::most_bytes, 'x') + std::string(RetainedBody::most_bytes, 'y')));
    body.keep("");
    CHECK_FALSE(body.at_hand());
    CHECK_FALSE(body.is_large());
    CHECK(body.text().empty());
}

}  // namespace tollgate::retained_body_test
