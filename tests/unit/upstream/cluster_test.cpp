#include "upstream/cluster.hpp"

#include "upstream/servers.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <set>
#include <string>

namespace tollgate::cluster_test {
using namespace std::chrono_literals;
using upstream::Cluster;
using upstream::Lease;
using upstream::Server;
using upstream::Tried;

namespace {

settings::Upstream upstream_of(std::size_t servers, settings::Balance balance = settings::Balance::round_robin) {
    settings::Upstream upstream{.name = "ai", .balance = balance, .ejection = {.failures = 1, .first = 10s}};
    for (std::size_t i = 0; i < servers; ++i)
        upstream.servers.push_back({.host = "a", .port = static_cast<std::uint16_t>(8000 + i)});
    return upstream;
}

struct Bench {
    explicit Bench(settings::Upstream const& upstream) : cluster(upstream, servers_of(upstream), 2) {}

    std::vector<std::shared_ptr<Server>> servers_of(settings::Upstream const& upstream) {
        std::vector<std::shared_ptr<Server>> made;
        for (auto const& server : upstream.servers) made.push_back(servers.at(upstream.name, server.name()));
        return made;
    }
    Result<Lease> choose(Tried tried = {}, std::string_view user = {}) { return cluster.choose(0, user, tried, now); }
    std::string turns(int count, Tried tried = {}) {
        std::string chosen;
        for (int i = 0; i < count; ++i) chosen += static_cast<char>('0' + choose(tried).value().index());
        return chosen;
    }
    void fail(std::size_t index) { cluster.failed(Lease(*cluster.servers()[index], index, false), now); }
    void probe(std::size_t index, bool well) {
        for (unsigned i = 0; i < 3; ++i) (void)cluster.servers()[index]->probed(well, cluster.settings().health, now);
    }

    upstream::Servers servers;
    Cluster cluster;
    steady_time now = std::chrono::steady_clock::now();
};

}  // namespace

TEST_CASE("each worker has its own turn, and nobody is chosen twice for one request") {
    Bench bench(upstream_of(3));
    CHECK(bench.turns(6) == "012012");
    CHECK(bench.cluster.choose(1, {}, {}, bench.now).value().index() == 1);
    CHECK(bench.turns(2, Tried(0b011)) == "22");
    CHECK(bench.cluster.has_other(Tried(0b011), bench.now));
    CHECK_FALSE(bench.cluster.has_other(Tried(0b111), bench.now));
    CHECK(bench.choose(Tried(0b111)).error() == errc::no_healthy_upstream);
}

TEST_CASE("a request counts as outstanding while its lease lives") {
    Bench bench(upstream_of(2, settings::Balance::least_outstanding));
    auto first = bench.choose();
    auto second = bench.choose();
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->index() != second->index());
    CHECK((*first)->outstanding() == 1);
    auto const busy = first->index();
    second = bench.choose(Tried(1U << busy));  // the old one ends
    CHECK((*second)->outstanding() == 1);
    *second = Lease();
    CHECK(bench.choose()->index() != busy);
    CHECK(bench.cluster.servers()[busy]->outstanding() == 1);
    *first = Lease();
    CHECK(bench.cluster.servers()[busy]->outstanding() == 0);
}

TEST_CASE("who fails is ejected; when all are, ejections are ignored, and the one that failed is not asked again") {
    Bench bench(upstream_of(3));
    bench.fail(0);
    CHECK(bench.turns(4) == "1212");
    bench.fail(1);
    CHECK(bench.turns(2) == "22");
    CHECK_FALSE(bench.cluster.has_other(Tried(0b100), bench.now));  // one that is ejected is no better
    bench.fail(2);
    std::set<std::size_t> chosen;
    for (int i = 0; i < 3; ++i) chosen.insert(bench.choose()->index());
    CHECK(chosen.size() == 3);
    CHECK(bench.cluster.has_other(Tried(0b100), bench.now));
    bench.now += 10s;
    CHECK(bench.cluster.servers()[0]->standing(bench.now) == Server::Standing::up);
}

TEST_CASE("who is down gets nothing, and when all are there is no server") {
    Bench bench(upstream_of(2));
    bench.probe(0, false);
    CHECK(bench.turns(3) == "111");
    bench.fail(1);
    CHECK(bench.turns(3) == "111");  // down is worse than ejected
    bench.probe(1, false);
    CHECK(bench.choose().error() == errc::no_healthy_upstream);
    CHECK_FALSE(bench.cluster.has_other({}, bench.now));
    bench.probe(0, true);
    CHECK(bench.turns(2) == "00");
}

TEST_CASE("the only server is chosen whatever it did, but not while it is down") {
    Bench bench(upstream_of(1));
    for (int i = 0; i < 9; ++i) bench.fail(0);
    CHECK(bench.cluster.servers()[0]->failures.total() == 9);
    CHECK(bench.turns(1) == "0");
    CHECK_FALSE(bench.cluster.has_other(Tried(1), bench.now));
    CHECK(bench.choose()->operator->()->outstanding() == 0);  // nobody asks: it is not counted
    bench.probe(0, false);
    CHECK(bench.choose().error() == errc::no_healthy_upstream);
}

TEST_CASE("a user stays with a server, and goes back to it") {
    Bench bench(upstream_of(3, settings::Balance::user_hash));
    std::set<std::size_t> of_all;
    for (int user = 0; user < 30; ++user) {
        auto const name = std::to_string(user);
        auto const home = bench.choose({}, name)->index();
        of_all.insert(home);
        for (int i = 0; i < 5; ++i) CHECK(bench.choose({}, name)->index() == home);
        CHECK(bench.choose(Tried(1U << home), name)->index() != home);
    }
    CHECK(of_all.size() == 3);
    std::set<std::size_t> of_nobody;
    for (int i = 0; i < 3; ++i) of_nobody.insert(bench.choose()->index());
    CHECK(of_nobody.size() == 3);
}

TEST_CASE("what two configurations name is one server, until neither does") {
    upstream::Servers servers;
    auto a = servers.at("ai", "a");
    CHECK(servers.at("ai", "a") == a);
    CHECK(servers.at("other", "a") != a);
    CHECK(servers.all().size() == 1);  // the other one is gone already
    a->failures.add();
    a.reset();
    CHECK(servers.all().empty());
    CHECK(servers.at("ai", "a")->failures.total() == 0);
}

}  // namespace tollgate::cluster_test
