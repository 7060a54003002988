// A PROXY header and what comes after it. Wherever its bytes are cut, it is read as the same, and what follows is left
// alone.
#include "net/proxy_protocol.hpp"

#include "fuzz/fuzz.hpp"
#include "fuzz/targets.hpp"
#include "net/address_text.hpp"

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string>

namespace tollgate::fuzz {
namespace {

using net::ProxyHeader;
using net::ProxyHeaderReader;

struct HeaderReading {
    std::optional<ProxyHeader> result;
    std::string client;
    std::size_t taken = 0;

    bool operator==(HeaderReading const&) const = default;
};

HeaderReading read_in_pieces(std::string_view input, std::size_t size) {
    ProxyHeaderReader reader;
    HeaderReading reading;
    while (!input.empty() && !reader.result()) {
        std::string const piece(input.substr(0, size));  // a block of its own
        auto const taken = reader.read(piece);
        require(taken <= piece.size(), "no more is taken than came");
        require(reader.result() || taken == piece.size(), "all is taken while more is to come");
        reading.taken += taken;
        input.remove_prefix(piece.size());
    }
    require(reader.begun() == (reading.taken > 0), "it has begun when something was taken");
    reading.result = reader.result();
    reading.client = reader.client();
    require(!reading.result || reader.read("more") == 0, "nothing is taken behind the end");
    return reading;
}

}  // namespace

void try_proxy(std::string_view input) {
    auto const sized = take_line(input);  // how the header is cut
    auto const size = sized.empty() ? std::size_t{3} : static_cast<unsigned char>(sized[0]) + 1U;
    auto const whole = read_in_pieces(input, input.size() + 1);
    require(read_in_pieces(input, 1) == whole, "byte by byte a header is the same");
    require(read_in_pieces(input, size) == whole, "in pieces a header is the same");
    require(whole.taken <= ProxyHeaderReader::most_bytes, "a header has an end");
    require((whole.result == ProxyHeader::client_named) == !whole.client.empty(), "a client is named or not");
    if (!whole.result || !is_good(*whole.result)) return;

    auto const header = std::string(input.substr(0, whole.taken));
    require(read_in_pieces(header + "GET /", header.size() + 5) == whole, "what follows is left alone");
    require(!read_in_pieces(header.substr(0, header.size() - 1), 64).result, "without its last byte it is not whole");
    if (whole.client.empty()) return;

    boost::system::error_code no_address;
    auto const client = boost::asio::ip::make_address(whole.client, no_address);
    require(!no_address && net::text_of(client) == whole.client, "a client is an address");
    auto const line = client.is_v6() ? "PROXY TCP6 " + whole.client + " ::1 1 2\r\n"
                                     : "PROXY TCP4 " + whole.client + " 127.0.0.1 1 2\r\n";
    require(read_in_pieces(line, line.size()).client == whole.client, "a line names the same client");
}

}  // namespace tollgate::fuzz
