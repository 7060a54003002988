// Certificates that are replaced while the gateway runs: which listeners and upstreams have files that are others than
// those in use, and what became of reading them. Each is on its own, so that one bad file holds up nobody else, and
// what cannot be used is read again at every look: the cause may lie outside of the file. Not thread-safe.
#pragma once

#include "server/file_watch.hpp"
#include "server/tls_listeners.hpp"
#include "server/tls_upstreams.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace tollgate::server {

class Renewal {
public:
    // What is in use from now on. `seen` is what its files looked like before they were read.
    void begin(settings::Settings const& settings, FileStamps const& seen);

    struct Look {
        TlsContexts listeners{};              // of those that get another
        UpstreamTlsContexts upstreams{};      // in the order of the settings; null: as it is
        std::vector<std::string> owners{};    // of all of these, as a log calls them
        std::vector<std::string> problems{};  // those that the look before did not find
        bool complete = true;                 // nothing is left to be read again
    };
    [[nodiscard]] Look look(settings::Settings const& settings, std::shared_ptr<net::TicketKeys> const& tickets);

private:
    std::map<std::string, FileStamps> in_use_;  // by owner
    std::set<std::string> told_;
};

}  // namespace tollgate::server
