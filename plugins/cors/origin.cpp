#include "cors/origin.hpp"

#include "base/characters.hpp"
#include "base/host_name.hpp"

#include <fmt/format.h>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>

namespace tollgate::cors {
namespace {

using Text = std::optional<std::string>;

// RFC 3986, section 3.1.
Text scheme_of(std::string_view text) {
    bool const valid = !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, [](char c) {
        return is_letter(c) || is_digit(c) || std::string_view("+-.").contains(c);
    });
    return valid ? Text(lowered(text)) : std::nullopt;
}

// In brackets. No zone: one that this machine does not have would be dropped in silence. And no IPv4 address in
// disguise, which browsers write in other digits than everybody else.
Text ipv6_host(std::string_view text) {
    if (text.contains('%')) return std::nullopt;
    boost::system::error_code error;
    auto const address = boost::asio::ip::make_address_v6(std::string(text), error);
    if (error) return std::nullopt;
    auto const written = address.to_string();
    return written.contains('.') ? std::nullopt : Text('[' + written + ']');
}

// A host whose last label is a number is an IPv4 address to a browser, and none when it is not one.
Text named_host(std::string_view text) {
    if (!is_host_name(text)) return std::nullopt;
    auto const last = text.substr(text.rfind('.') + 1);
    boost::system::error_code error;
    if (std::ranges::all_of(last, is_digit)) boost::asio::ip::make_address_v4(std::string(text), error);
    return error ? std::nullopt : Text(lowered(text));
}

// ":3000"; empty for the default port of `scheme`.
Text port_of(std::string_view digits, std::string_view scheme) {
    std::uint16_t port = 0;
    auto const* const last = digits.data() + digits.size();
    auto const [end, error] = std::from_chars(digits.data(), last, port);
    if (error != std::errc{} || end != last || port == 0) return std::nullopt;
    bool const is_default = (scheme == "http" && port == 80) || (scheme == "https" && port == 443);
    return is_default ? std::string() : fmt::format(":{}", port);
}

// `text` as a browser would send it; nothing when it is no URL of a page.
Text serialised(std::string_view text) {
    auto const colon = text.find("://");
    if (colon == std::string_view::npos) return std::nullopt;
    auto const scheme = scheme_of(text.substr(0, colon));
    auto authority = text.substr(colon + 3);
    authority = authority.substr(0, authority.find_first_of("/?#"));
    auto const bracket = authority.starts_with('[') ? authority.find(']') : 0;
    if (bracket == std::string_view::npos) return std::nullopt;
    auto const end = std::min(authority.find(':', bracket), authority.size());
    auto const host = bracket == 0         ? named_host(authority.substr(0, end))
                      : bracket + 1 == end ? ipv6_host(authority.substr(1, bracket - 1))
                                           : std::nullopt;
    if (!scheme || !host) return std::nullopt;
    auto const port = end == authority.size() ? Text("") : port_of(authority.substr(end + 1), *scheme);
    return port.transform([&](std::string const& known) { return *scheme + "://" + *host + known; });
}

}  // namespace

std::optional<std::string> origin_error(std::string_view text) {
    if (text == "null") {
        return "`null` is what a browser sends for every page without an origin of its own, so anybody's: write an "
               "origin such as https://app.example";
    }
    if (text.contains('*')) {
        return fmt::format(
            "`{}` is no origin: `*` stands alone, for every origin there is; write each one, such as "
            "https://app.example",
            text);
    }
    auto const right = serialised(text);
    if (!right) {
        return fmt::format(
            "`{}` is no origin: write scheme://host or scheme://host:port, such as https://app.example or "
            "http://localhost:3000",
            text);
    }
    if (*right == text) return std::nullopt;
    return fmt::format(
        "write `{}`: browsers send scheme and host in lower case, without path, slash at the end or default port",
        *right);
}

}  // namespace tollgate::cors
