#include "server/renewal.hpp"

#include "support/no_descriptors.hpp"
#include "support/temp_folder.hpp"
#include "support/tls.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>

namespace tollgate::renewal_test {
using namespace tollgate::testing;
using server::look_at;
using server::Renewal;
using server::tls_files;

namespace {

// Two listeners, at ports 1 and 2, with the certificates `one` and `two`.
struct Bench {
    Bench() {
        for (std::uint16_t port = 1; port <= 2; ++port) {
            auto const name = port == 1 ? "one" : "two";
            auto const file = (folder.path() / name).string();
            write_pair(folder, name, certify("a.example"));
            settings.listen.push_back(
                {.address = {"127.0.0.1", port},
                 .tls = settings::Tls{.certificates = {{.certificate = file + ".pem", .key = file + ".key"}}}});
        }
        renewal.begin(settings, look_at(tls_files(settings)));
    }

    Renewal::Look look() { return renewal.look(settings, tickets); }

    TempFolder folder;
    settings::Settings settings;
    std::shared_ptr<net::TicketKeys> tickets = std::make_shared<net::TicketKeys>(std::chrono::steady_clock::now());
    Renewal renewal;
};

// The ports that get another certificate.
std::string ports(Renewal::Look const& look) {
    std::string text;
    for (auto const& [address, context] : look.listeners) {
        CHECK(context);
        text += std::to_string(address.port);
    }
    return text;
}

}  // namespace

TEST_CASE("only what has changed is read again, and once") {
    Bench bench;
    auto look = bench.look();
    CHECK(ports(look).empty());
    CHECK(look.complete);
    write_pair(bench.folder, "two", certify("b.example"));
    look = bench.look();
    CHECK(ports(look) == "2");
    CHECK(look.problems.empty());
    CHECK(look.complete);
    CHECK(ports(bench.look()).empty());
}

TEST_CASE("a file that cannot be used holds up only its own listener, and is told once") {
    Bench bench;
    bench.folder.write("one.pem", "no certificate");
    write_pair(bench.folder, "two", certify("b.example"));
    auto look = bench.look();
    CHECK(ports(look) == "2");
    REQUIRE(look.problems.size() == 1);
    CHECK(look.problems[0].find("one.pem") != std::string::npos);
    CHECK_FALSE(look.complete);

    look = bench.look();
    CHECK(ports(look).empty());
    CHECK(look.problems.empty());
    CHECK_FALSE(look.complete);

    bench.folder.write("one.pem", certify("c.example").certificate);  // of another key
    look = bench.look();
    CHECK(ports(look).empty());
    CHECK(look.problems.size() == 1);

    write_pair(bench.folder, "one", certify("b.example"));
    look = bench.look();
    CHECK(ports(look) == "1");
    CHECK(look.problems.empty());
    CHECK(look.complete);
}

TEST_CASE("what failed for a reason outside of the file is tried again although the file stays as it is") {
    Bench bench;
    write_pair(bench.folder, "one", certify("b.example"));
    {
        NoDescriptors const none;
        auto const look = bench.look();
        CHECK(ports(look).empty());
        CHECK(look.problems.size() == 1);
        CHECK_FALSE(look.complete);
    }
    auto const look = bench.look();
    CHECK(ports(look) == "1");
    CHECK(look.complete);
}

}  // namespace tollgate::renewal_test
