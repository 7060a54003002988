// Which header fields scripts of other origins may send: whole names, beginnings of names, or all. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::cors {

class RequestHeaders {
public:
    // "Authorization"; "X-Stainless-*", which is every name that begins so; "all". What is wrong with `text`, as a
    // sentence for the operator; nothing when it was added.
    [[nodiscard]] std::optional<std::string> add(std::string_view text);

    // Whether all names in `asked`, the value of an Access-Control-Request-Headers, are allowed. Case is ignored.
    [[nodiscard]] bool allow(std::string_view asked) const noexcept;

    bool operator==(RequestHeaders const&) const = default;

private:
    [[nodiscard]] bool allow_name(std::string_view name) const noexcept;

    bool all_ = false;
    std::vector<std::string> names_;
    std::vector<std::string> beginnings_;
};

}  // namespace tollgate::cors
