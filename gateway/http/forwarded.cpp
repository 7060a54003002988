#include "http/forwarded.hpp"

#include "base/characters.hpp"
#include "base/reserved_fields.hpp"
#include "http/framing.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>

namespace tollgate::http {
namespace {

namespace ip = boost::asio::ip;

constexpr std::string_view forwarded_for = "X-Forwarded-For";
constexpr std::string_view forwarded_proto = "X-Forwarded-Proto";
constexpr std::string_view forwarded_host = "X-Forwarded-Host";
constexpr std::string_view real_ip = "X-Real-IP";

constexpr std::size_t most_hops = 32;          // looked at in one request
constexpr std::size_t most_kept_bytes = 2048;  // of a field that is appended to

bool is_named(Field const& field, std::string_view name) noexcept { return equal_ignoring_case(field.name, name); }

// The address in an element of X-Forwarded-For, without the brackets and the port that some proxies write; empty when
// these are broken.
std::string_view bare_address(std::string_view element) noexcept {
    bool const has_brackets = element.starts_with('[');
    if (!has_brackets && std::ranges::count(element, ':') != 1) return element;
    if (!is_host(element)) return {};
    return has_brackets ? element.substr(1, element.find(']') - 1) : element.substr(0, element.find(':'));
}

std::optional<ip::address> read_address(std::string_view text) {
    // A zone ("fe80::1%eth0") means something on the machine that wrote it only.
    if (text.empty() || text.size() > 45 || text.contains('%')) return std::nullopt;
    boost::system::error_code error;
    auto const address = ip::make_address(text, error);
    return error ? std::nullopt : std::optional(address);
}

// Walks the hops of X-Forwarded-For from the right while they are trusted.
class Walk {
public:
    Walk(std::string_view peer, std::function<bool(ip::address const&)> const& trusted)
        : client_(peer), trusted_(trusted) {}

    // False when the walk has ended.
    [[nodiscard]] bool through(std::string_view list) {
        while (true) {
            auto const comma = list.rfind(',');
            auto const begin = comma == std::string_view::npos ? 0 : comma + 1;
            if (!step(bare_address(trimmed(list.substr(begin))))) return false;
            if (comma == std::string_view::npos) return true;
            list = list.substr(0, comma);
        }
    }

    [[nodiscard]] std::string_view client() const noexcept { return client_; }

private:
    [[nodiscard]] bool step(std::string_view text) {
        auto const address = ++hops_ <= most_hops ? read_address(text) : std::nullopt;
        if (!address) return false;
        client_ = text;
        return trusted_(*address);
    }

    std::string_view client_;
    std::function<bool(ip::address const&)> const& trusted_;
    std::size_t hops_ = 0;
};

// Whether no quoted string (RFC 9110, section 5.6.4) begins in an element and does not end there: it would swallow
// those behind it.
bool is_whole(std::string_view element) { return std::ranges::count(element, '"') % 2 == 0 && !element.contains('\\'); }

// The elements at the end of a list that is longer than what is kept, back to the first that is not whole.
std::string_view last_elements(std::string_view list) {
    auto kept = list.size();
    for (auto before = list; !before.empty();) {
        auto const comma = before.rfind(',');
        auto const begin = comma == std::string_view::npos ? 0 : comma + 1;
        if (list.size() - begin > most_kept_bytes || !is_whole(before.substr(begin))) break;
        kept = begin;
        before = list.substr(0, begin - 1);
    }
    return trimmed(list.substr(kept));
}

// Takes all fields of that name out, as one list.
std::string_view take_list(FieldList& fields, std::string_view name, Arena& arena) {
    std::string_view list;
    for (auto field = fields.end(); field != fields.begin() && list.size() <= most_kept_bytes;) {
        --field;
        if (!is_named(*field, name) || field->value.empty()) continue;
        list = list.empty() ? field->value : keep(arena, {field->value, ", ", list});
    }
    fields.remove_if([name](Field const& field) { return is_named(field, name); });
    return list.size() > most_kept_bytes ? last_elements(list) : list;
}

// RFC 7239, section 4. What is no token stands in quotes, an IPv6 address in brackets too; neither holds a quote.
std::string_view forwarded_element(Hop const& hop, std::string_view host, Arena& arena) {
    bool const is_v6 = hop.peer.contains(':');
    std::string_view const host_begin = host.empty() ? "" : ";host=\"";
    std::string_view const host_end = host.empty() ? "" : "\"";
    return keep(arena, {is_v6 ? "for=\"[" : "for=", hop.peer, is_v6 ? "]\"" : "", host_begin, host, host_end,
                        ";proto=", hop.scheme});
}

}  // namespace

std::string_view client_address(FieldList const& received, Hop const& hop,
                                std::function<bool(ip::address const&)> const& trusted) {
    Walk walk(hop.peer, trusted);
    if (!hop.peer_trusted) return walk.client();
    for (auto field = received.end(); field != received.begin();) {
        --field;
        if (is_named(*field, forwarded_for) && !walk.through(field->value)) break;
    }
    return walk.client();
}

void write_forwarding_fields(FieldList& outgoing, Hop const& hop, Arena& arena) {
    auto const host = is_host(hop.host) ? hop.host : std::string_view();
    auto const append = [&](FieldName id, std::string_view name, std::string_view element) {
        auto const before = hop.peer_trusted ? take_list(outgoing, name, arena) : std::string_view();
        outgoing.append(id, name, before.empty() ? element : keep(arena, {before, ", ", element}));
    };
    auto const append_if_missing = [&](std::string_view name, std::string_view value) {
        bool const is_there = hop.peer_trusted && outgoing.find(name);
        if (!value.empty() && !is_there) outgoing.append(FieldName::unknown, name, value);
    };
    if (!hop.peer_trusted) {
        outgoing.remove_if([](Field const& field) { return is_forwarding_name(field.name); });
    } else if (outgoing.find(real_ip)) {
        outgoing.remove_if([](Field const& field) { return is_named(field, real_ip); });
        outgoing.append(FieldName::unknown, real_ip, hop.client.empty() ? hop.peer : hop.client);
    }
    append(FieldName::unknown, forwarded_for, hop.peer);
    append_if_missing(forwarded_proto, hop.scheme);
    append_if_missing(forwarded_host, host);
    append(FieldName::forwarded, "Forwarded", forwarded_element(hop, host, arena));
    append(FieldName::via, "Via", hop.minor == 0 ? "1.0 tollgate" : "1.1 tollgate");
}

}  // namespace tollgate::http
