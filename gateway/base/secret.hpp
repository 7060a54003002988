// A string that must not be seen: it is wiped when it dies, compared in constant time, and has no stream or format
// operator. Whoever needs the bytes says so with reveal(). Movable, not copyable. Also where fresh secrets are made.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tollgate {

class Secret {
public:
    Secret() = default;
    explicit Secret(std::string&& value) noexcept;  // wipes what it took it from
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(Secret const&) = delete;
    Secret& operator=(Secret const&) = delete;
    ~Secret();

    [[nodiscard]] std::string_view reveal() const noexcept { return value_; }
    [[nodiscard]] bool empty() const noexcept { return value_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return value_.size(); }
    [[nodiscard]] Secret clone() const;

private:
    std::string value_;
};

// Whether both are the same, in a time that depends on the lengths alone.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

// Overwrites the bytes of `value` and empties it.
void wipe(std::string& value) noexcept;

// `count` bytes from the operating system's generator. Throws std::runtime_error when it fails: nothing can go on then.
[[nodiscard]] std::string random_bytes(std::size_t count);

// A fresh key as text: 64 random bytes in base64url, enough for HS512 (RFC 7518, section 3.2).
[[nodiscard]] Secret make_key_text();

}  // namespace tollgate
