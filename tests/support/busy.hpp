// The only place at a server, taken for as long as the test wants.
#pragma once

#include "support/eventually.hpp"
#include "support/held_origin.hpp"
#include "support/queued.hpp"

#include <doctest/doctest.h>

namespace tollgate::testing {

// The first request is with the service, and held there.
struct Busy {
    Busy(QueuedGateway const& gateway, HeldOrigin const& service) : client(gateway.connect()) {
        client.send(get("/open/first"));
        REQUIRE(eventually([&] { return service.heard() == 1; }));
    }
    Socket client;
};

}  // namespace tollgate::testing
