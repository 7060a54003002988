// Servers behind that speak TLS, and the authorities that signed what they show.
#pragma once

#include "support/origin.hpp"
#include "support/temp_folder.hpp"
#include "support/tls.hpp"

#include <fmt/format.h>

#include <functional>
#include <string>
#include <utility>

namespace tollgate::testing {

// Who signs what the servers show.
struct Authorities {
    CertifiedKey good = certify("authority.example");
    CertifiedKey other = certify("other.example");
    TempFolder folder;
    std::string good_file = folder.write("good.pem", good.certificate).string();
    std::string other_file = folder.write("other.pem", other.certificate).string();

    [[nodiscard]] std::string ca() const { return "ca: " + good_file; }
    [[nodiscard]] TlsServe serve(std::string const& name = "127.0.0.1") const { return {.own = certify(name, &good)}; }
};

// An origin that speaks TLS and answers each request on a connection with `response`.
struct Sealed {
    using Talk = std::function<void(Origin& origin, TlsPeer& peer)>;

    explicit Sealed(TlsServe const& serve, Talk talk, Origin::Room room = Origin::Room::plenty)
        : tls(serve),
          origin(
              [this, talk = std::move(talk)](Origin& self, Socket& socket) {
                  auto peer = tls.accept(std::move(socket));
                  talk(self, peer);
              },
              room) {}
    explicit Sealed(TlsServe const& serve, std::string response = ok("sealed"))
        : Sealed(serve, [response = std::move(response)](Origin& self, TlsPeer& peer) {
              while (!self.receive(peer).empty()) peer.send(response);
          }) {}

    [[nodiscard]] std::string url() const { return fmt::format("https://127.0.0.1:{}", origin.port()); }
    [[nodiscard]] std::string yaml(std::string const& options, std::string const& more = "") const {
        return fmt::format("  sealed: {{url: '{}', tls: {{{}}}{}}}\n", url(), options, more);
    }

    TlsServer tls;
    Origin origin;
};

}  // namespace tollgate::testing
