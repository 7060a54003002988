#include "base/host_name.hpp"

#include "base/scan.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace tollgate {

bool is_host_name(std::string_view text) noexcept {
    return !text.empty() && text.size() <= most_host_name_bytes && text.front() != '.' && text.front() != '-' &&
           !text.contains("..") && only(host_name_characters, text);
}

bool is_dns_name(std::string_view text) noexcept {
    return !text.empty() && text.size() <= most_host_name_bytes + 1 && only(host_name_characters, text);
}

bool is_registered_name(std::string_view text) noexcept {
    auto const is_empty_label = [](char before, char c) { return before == '.' && c == '.'; };
    return !text.empty() && text.size() <= most_host_name_bytes && text.front() != '.' &&
           leading<UnreservedCharacters>(text) == text.size() &&
           std::ranges::adjacent_find(text, is_empty_label) == text.end();
}

bool is_ipv6(std::string_view text) noexcept {
    char copy[INET6_ADDRSTRLEN] = {};
    if (text.size() >= sizeof copy || text.contains('\0')) return false;
    std::ranges::copy(text, copy);
    in6_addr address;
    return inet_pton(AF_INET6, copy, &address) == 1;
}

}  // namespace tollgate
