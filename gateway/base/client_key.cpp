#include "base/client_key.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace tollgate {

std::string client_key(std::string_view address) {
    if (!address.contains(':')) return std::string(address);
    boost::system::error_code error;
    auto const parsed = boost::asio::ip::make_address(std::string(address), error);
    if (error) return std::string(address);
    auto bytes = parsed.to_v6().to_bytes();
    if (parsed.to_v6().is_v4_mapped())
        return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, parsed.to_v6()).to_string();
    std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
    return boost::asio::ip::address_v6(bytes).to_string() + "/64";
}

}  // namespace tollgate
