#include "net/race.hpp"

#include "net/addresses.hpp"
#include "net/stream.hpp"
#include "support/await_on_worker.hpp"

#include <doctest/doctest.h>

#include <boost/asio/ip/tcp.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <vector>

namespace tollgate::race_test {
using namespace std::chrono_literals;
using boost::asio::ip::tcp;

namespace {

// A listener of loopback. A silent one takes no further connection and answers none: its queue is full.
class Listener {
public:
    enum class Kind { open, silent };
    Listener(char const* address, Kind kind) : endpoint_(boost::asio::ip::make_address(address), 0) {
        auto const wanted = endpoint_;
        int const family = wanted.protocol().family();
        descriptor_ = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        auto size = static_cast<socklen_t>(endpoint_.size());
        REQUIRE(::bind(descriptor_, wanted.data(), size) == 0);
        REQUIRE(::listen(descriptor_, kind == Kind::silent ? 0 : 16) == 0);
        REQUIRE(::getsockname(descriptor_, endpoint_.data(), &size) == 0);
        for (int i = 0; kind == Kind::silent && i < 4; ++i) {
            int const filling = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
            (void)::connect(filling, endpoint_.data(), size);
            filling_.push_back(filling);
        }
        if (kind == Kind::silent) ::usleep(20'000);
    }
    Listener(Listener const&) = delete;
    Listener& operator=(Listener const&) = delete;
    ~Listener() {
        for (int const filling : filling_) ::close(filling);
        ::close(descriptor_);
    }
    [[nodiscard]] net::Endpoint endpoint() const { return endpoint_; }

private:
    int descriptor_ = -1;
    tcp::endpoint endpoint_;
    std::vector<int> filling_;
};

net::Endpoint closed_port(char const* address = "127.0.0.1") {
    Listener const gone(address, Listener::Kind::open);
    return gone.endpoint();
}

struct Outcome {
    Result<void> connected;
    std::chrono::milliseconds took;
};

Outcome raced(std::vector<net::Endpoint> const& endpoints, net::Timeout timeout = 5s) {
    net::Worker worker{0};
    net::Stream stream(worker);
    auto const began = net::Worker::now();
    auto const connected = testing::await(worker, stream.connect(endpoints, timeout));
    auto const took = std::chrono::duration_cast<std::chrono::milliseconds>(net::Worker::now() - began);
    return {connected, took};
}

std::string text_of(net::Addresses const& addresses) {
    std::string text;
    for (auto const& one : addresses) text += one.to_string() + " ";
    return text;
}

}  // namespace

TEST_CASE(
    "addresses of both families are tried in turn, beginning with the "
    "family of the first") {
    struct {
        std::vector<char const*> addresses;
        char const* sorted;
    } const rows[] = {
        {{}, ""},
        {{"127.0.0.1"}, "127.0.0.1 "},
        {{"::1", "::2", "127.0.0.1", "127.0.0.2"}, "::1 127.0.0.1 ::2 127.0.0.2 "},
        {{"127.0.0.1", "127.0.0.2", "::1"}, "127.0.0.1 ::1 127.0.0.2 "},
        {{"::1", "127.0.0.1", "127.0.0.2", "127.0.0.3"}, "::1 127.0.0.1 127.0.0.2 127.0.0.3 "},
        {{"::1", "::2", "::3"}, "::1 ::2 ::3 "},
    };
    for (auto const& row : rows) {
        net::Addresses addresses;
        for (auto const* const one : row.addresses) addresses.push_back(boost::asio::ip::make_address(one));
        CHECK(text_of(net::interleaved(addresses)) == row.sorted);
    }
}

TEST_CASE(
    "an address that does not answer costs a quarter of a second, one "
    "that refuses costs nothing") {
    Listener const open("127.0.0.1", Listener::Kind::open);
    Listener const silent("127.0.0.2", Listener::Kind::silent);
    auto const slow = raced({silent.endpoint(), open.endpoint()});
    CHECK(slow.connected);
    CHECK(slow.took >= 250ms);
    CHECK(slow.took < 1s);
    auto const slower = raced({silent.endpoint(), silent.endpoint(), closed_port(), open.endpoint()});
    CHECK(slower.connected);
    CHECK(slower.took >= 500ms);
    CHECK(slower.took < 2s);
    auto const quick = raced({closed_port(), closed_port(), open.endpoint(), silent.endpoint()});
    CHECK(quick.connected);
    CHECK(quick.took < 200ms);
    CHECK(raced({open.endpoint(), silent.endpoint()}).took < 200ms);
}

TEST_CASE("a family that does not answer is followed by the other after the head start, one that refuses at once") {
    struct {
        char const* first;
        char const* second;
    } const rows[] = {{"::1", "127.0.0.1"}, {"127.0.0.1", "::1"}};
    for (auto const& row : rows) {
        CAPTURE(row.first);
        Listener const silent(row.first, Listener::Kind::silent);
        Listener const open(row.second, Listener::Kind::open);
        auto const followed = raced({silent.endpoint(), open.endpoint()});
        CHECK(followed.connected);
        CHECK(followed.took >= net::Race::head_start);
        CHECK(followed.took < 1s);
        auto const refused = raced({closed_port(row.first), open.endpoint()});
        CHECK(refused.connected);
        CHECK(refused.took < 200ms);
        CHECK(raced({open.endpoint(), silent.endpoint()}).took < 200ms);
    }
}

TEST_CASE("a race ends with its time, with the last refusal, or with who ends it") {
    Listener const silent("127.0.0.2", Listener::Kind::silent);
    auto const late = raced({silent.endpoint(), closed_port()}, 400ms);
    CHECK(late.connected == failure(errc::timed_out));
    CHECK(late.took >= 400ms);
    CHECK(late.took < 2s);
    CHECK(raced({closed_port(), closed_port()}).connected == failure(errc::upstream_refused));
    CHECK(raced({closed_port(), closed_port()}, std::nullopt).connected == failure(errc::upstream_refused));

    net::Worker worker{0};
    net::Stream stream(worker);
    net::Deadline leaves([&] { stream.interrupt(errc::client_gone); });
    worker.arm(leaves, 50ms);
    std::vector<net::Endpoint> const two{silent.endpoint(), silent.endpoint()};
    CHECK(testing::await(worker, stream.connect(two, 10s)) == failure(errc::client_gone));
}

TEST_CASE("no more than eight addresses are tried") {
    Listener const open("127.0.0.1", Listener::Kind::open);
    std::vector<net::Endpoint> many(8, closed_port());
    many.push_back(open.endpoint());
    CHECK(raced(many).connected == failure(errc::upstream_refused));
    many.erase(many.begin());
    CHECK(raced(many).connected);
}

}  // namespace tollgate::race_test
