// The header in which a balancer says for whom it opens a connection: the PROXY protocol, versions 1 and 2, as
// HAProxy's doc/proxy-protocol.txt has it, read as strictly as that lets us. Pure: it takes the bytes of a connection
// as they come, and never one that follows the header. What a header says is to be believed by who trusts its sender
// alone.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::net {

// What came where a header must come, as it is counted.
enum class ProxyHeader {
    client_named,
    local,       // the sender speaks for itself
    none_named,  // it does not say for whom it speaks (UNKNOWN, UNSPEC, UNIX)
    missing,     // something else came
    malformed,   // also for datagrams, and with a wrong checksum
    timed_out,
    peer_gone,
    cancelled,
};
inline constexpr std::size_t proxy_header_results = static_cast<std::size_t>(ProxyHeader::cancelled) + 1;

[[nodiscard]] std::string_view word_for(ProxyHeader result) noexcept;
[[nodiscard]] constexpr bool is_good(ProxyHeader result) noexcept { return result <= ProxyHeader::none_named; }

class ProxyHeaderReader {
public:
    static constexpr std::size_t most_bytes = 4096;

    // Takes what comes next: how many of `bytes` belong to the header, all of them as long as there is no result.
    std::size_t read(std::string_view bytes);

    // Nothing while more of the header is to come, or the first four of its values.
    [[nodiscard]] std::optional<ProxyHeader> result() const noexcept { return result_; }

    // Whether anything came at all.
    [[nodiscard]] bool begun() const noexcept { return !text_.empty(); }

    // Of client_named: the address, without port; an IPv4 one in IPv6's clothes is IPv4.
    [[nodiscard]] std::string const& client() const noexcept { return client_; }

private:
    enum class Version { unknown, one, two };

    [[nodiscard]] std::optional<ProxyHeader> look();
    [[nodiscard]] std::optional<ProxyHeader> look_at_signature();
    [[nodiscard]] ProxyHeader read_line();
    [[nodiscard]] ProxyHeader read_binary();

    std::string text_;  // so far
    Version version_ = Version::unknown;
    std::size_t announced_bytes_ = 0;  // of a version 2, all of it
    std::optional<ProxyHeader> result_;
    std::string client_;
};

}  // namespace tollgate::net
