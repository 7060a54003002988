// Knows the fields of a message that stop at a hop (RFC 9110, section 7.6.1). Which names these are stands in
// base/reserved_fields. Pure.
#pragma once

#include "http/fields.hpp"

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <string_view>

namespace tollgate::http {

// Whether a message names `token` (case ignored) in one of its Connection fields.
[[nodiscard]] bool connection_names(FieldList const& fields, std::string_view token) noexcept;

// How many options the Connection fields hold, empty ones included. http/framing refuses a message with more than the
// bound: removing what they name costs options times fields.
[[nodiscard]] std::size_t connection_options(FieldList const& fields) noexcept;
inline constexpr std::size_t most_connection_options = 32;

// Which fields of a message end here: Connection, what it names, and the fields that are hop-by-hop by definition. What
// Connection names cannot take away Host, Content-Length, Authorization or the forwarding fields: those are removed or
// kept by their own rules. Good for as long as the values of the message's fields are.
class HopByHop {
public:
    explicit HopByHop(FieldList const& message);
    [[nodiscard]] bool contains(Field const& field) const noexcept;

private:
    [[nodiscard]] bool is_named(Field const& field) const noexcept;

    boost::container::small_vector<std::string_view, 4> connections_;
};

// Removes these.
void remove_hop_by_hop(FieldList& fields);

// The protocol of an upgrade (RFC 9110, section 7.8): the value of Upgrade when Connection names it too; empty
// otherwise.
[[nodiscard]] std::string_view upgrade_wanted(FieldList const& fields) noexcept;

}  // namespace tollgate::http
