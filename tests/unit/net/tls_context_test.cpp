#include "net/tls_context.hpp"

#include "support/tls.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace tollgate::tls_context_test {
using net::TlsContext;
using tollgate::testing::certify;

namespace {

struct Files {
    [[nodiscard]] net::CertificateFiles pair(std::string const& name, std::vector<std::string> names = {}) const {
        return {(folder.path() / (name + ".pem")).string(), (folder.path() / (name + ".key")).string(),
                std::move(names)};
    }
    [[nodiscard]] net::CertificateFiles made(std::string const& name, std::vector<std::string> names = {}) const {
        write_pair(folder, name, certify(name));
        return pair(name, std::move(names));
    }
    tollgate::testing::TempFolder folder;
};

auto create(net::TlsOptions const& options) {
    return TlsContext::create(options, std::make_shared<net::TicketKeys>(steady_time{}));
}

std::string problem(net::TlsOptions const& options, std::size_t certificate) {
    auto const made = create(options);
    if (made) return "none";
    CHECK(made.error().certificate == certificate);
    return made.error().what;
}

}  // namespace

TEST_CASE("a name finds its certificate: as it is, then with a star for its first label, then the first of all") {
    Files const files;
    auto const made = create({.certificates = {files.made("one.example"), files.made("*.two.example"),
                                               files.made("three", {"x.two.example", "Three.Example"})}});
    REQUIRE(made.has_value());
    auto const& context = **made;
    auto* const second = context.for_name("a.two.example");
    auto* const third = context.for_name("three.example");
    CHECK(second != context.first());
    CHECK(third != context.first());
    CHECK(third != second);
    CHECK(context.for_name("one.example") == context.first());
    CHECK(context.for_name("A.TWO.example") == second);
    CHECK(context.for_name("x.two.example") == third);
    CHECK(context.for_name("a.b.two.example") == context.first());
    CHECK(context.for_name("two.example") == context.first());
    CHECK(context.for_name("three") == context.first());  // its names were given
    CHECK(context.for_name("") == context.first());
    CHECK(context.for_name(".two.example") == context.first());
}

TEST_CASE("what cannot be used is named, with the file") {
    Files const files;
    auto const good = files.made("good.example");
    auto const bad = files.pair("bad");
    CHECK(problem({.certificates = {good, bad}}, 1) ==
          "the certificate `" + bad.certificate + "` cannot be read: No such file or directory");
    files.folder.write("bad.pem", "-----BEGIN NOTHING-----\n");
    CHECK(problem({.certificates = {bad}}, 0) ==
          "`" + bad.certificate + "` holds no certificate, in PEM, that can be used");
    files.folder.write("bad.pem", certify("bad.example").certificate);
    CHECK(problem({.certificates = {bad}}, 0) == "the key `" + bad.key + "` cannot be read: No such file or directory");
    files.folder.write("bad.key", "nothing");
    CHECK(problem({.certificates = {bad}}, 0) ==
          "`" + bad.key + "` holds no private key, in PEM and without a passphrase");
    files.folder.write("bad.key", certify("other.example").key);
    CHECK(problem({.certificates = {bad}}, 0) ==
          "the key `" + bad.key + "` does not fit the certificate `" + bad.certificate + "`");
    files.folder.write("bad.key", std::string(2 * 1024 * 1024, 'x'));
    CHECK(problem({.certificates = {bad}}, 0) == "the key `" + bad.key + "` is larger than 1MiB");
    CHECK(problem({.certificates = {{files.folder.path().string(), good.key, {}}}}, 0) ==
          "the certificate `" + files.folder.path().string() + "` cannot be read: Is a directory");
    auto const required = net::ClientCertificate::required;
    CHECK(problem({.certificates = {good}, .client_ca = bad.key + "x", .client_certificate = required},
                  TlsContext::Problem::client_ca) ==
          "the file of client_ca `" + bad.key + "x` cannot be read: No such file or directory");
    CHECK(problem({.certificates = {good}, .client_ca = good.key, .client_certificate = required},
                  TlsContext::Problem::client_ca) ==
          "`" + good.key + "` holds no certificates, in PEM, that can be used");
}

}  // namespace tollgate::tls_context_test
