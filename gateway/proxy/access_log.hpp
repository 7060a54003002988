// Finished exchanges as lines of the access log: each a JSON object with the fields of a record, in a fixed order. The
// memory is used again and again, so that a line costs no
// allocation. No token, no query and no body is ever part of it.
#pragma once

#include "plugin/exchange.hpp"

#include <array>
#include <chrono>
#include <string>
#include <string_view>

namespace tollgate::proxy {

struct AccessRecord {
    std::chrono::system_clock::time_point time;  // when the exchange had ended
    std::string_view request_id;
    std::string_view client;    // address
    std::string_view method{};  // empty, as what follows: the head was not understood
    std::string_view path{};    // normalised, or as it was sent when it was refused; without the query
    std::string_view route{};   // its pattern
    std::string_view user_id{};
    std::string_view upstream{};  // its name
    std::string_view server{};    // of it, that was asked last: upstream::Server::name
    std::string_view hint{};      // what the operator could do
    plugin::Summary summary{};
};

// Values of text are cut at 1 KiB. Empty values are left out. Every byte that is no printable ASCII becomes \u00XX:
// what is logged is ASCII, whatever an attacker sends.
class AccessLines {
public:
    void add(AccessRecord const& record);
    [[nodiscard]] std::string_view text() const noexcept { return text_; }
    void clear() noexcept { text_.clear(); }

private:
    std::string_view begin_of_line(std::chrono::sys_seconds second);

    std::string text_;
    std::array<char, 28> begin_{};  // {"time":"2023-11-14T22:13:20
    std::chrono::sys_seconds begin_second_ = std::chrono::sys_seconds::min();
};

}  // namespace tollgate::proxy
