// c-ares, wrapped: questions go out in parallel, for A and AAAA at once, answers come back through a callback. It has
// no thread of its own: whoever owns it calls ask() and wait() on one thread; only wake() may be called from others.
// Reads the hosts file first, then asks the servers of resolv.conf, as it was when this was made.
#pragma once

#include "base/wake.hpp"
#include "net/addresses.hpp"

#include <expected>
#include <functional>
#include <memory>
#include <string>

struct ares_channeldata;

namespace tollgate::net {

class DnsChannel {
public:
    using Done = std::move_only_function<void(std::expected<Answer, NoAnswer>)>;

    // `servers`: "address[:port],...", or empty for those of the system. A single silent server is given up within
    // `timeout`, several of them in turn take longer. Throws std::runtime_error when c-ares cannot start.
    DnsChannel(std::string const& servers, std::chrono::milliseconds timeout);
    DnsChannel(DnsChannel const&) = delete;
    DnsChannel& operator=(DnsChannel const&) = delete;
    ~DnsChannel() = default;  // at once; what is under way ends with nothing

    // Calls `done` exactly once, perhaps before this returns: without an answer when the name has no address, or no
    // server could tell.
    void ask(std::string const& name, Done done);

    // Lets c-ares work when a server wrote, or its time has come. Returns after that, after wake(), or after `at_most`.
    void wait(std::chrono::milliseconds at_most);

    void wake() noexcept { wake_.wake(); }

private:
    struct Closer {
        void operator()(ares_channeldata* channel) const noexcept;
    };

    Wake wake_;
    std::unique_ptr<ares_channeldata, Closer> channel_;
};

}  // namespace tollgate::net
