// One finished exchange as one line of the access log: a JSON object with the fields of a record, in a fixed order.
// Pure; the line is appended to a string that its owner uses again, so that a line costs no allocation. No token, no
// query and no body is ever part of it.
#pragma once

#include "plugin/exchange.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace tollgate::proxy {

struct AccessRecord {
    std::chrono::system_clock::time_point time;  // when the exchange had ended
    std::string_view request_id;
    std::string_view client;    // address
    std::string_view method{};  // empty, as what follows: the head was not understood
    std::string_view path{};    // normalised, without the query
    std::string_view route{};   // its pattern
    std::string_view user_id{};
    std::string_view upstream{};  // its name
    std::string_view server{};    // of it, that was asked last: host and port
    std::string_view hint{};      // what the operator could do
    plugin::Summary summary{};
};

// Values of text are cut at 1 KiB. Empty values are left out. Every byte that is no printable ASCII becomes \u00XX: what
// is logged is ASCII, whatever an attacker sends.
void append_access_line(std::string& out, AccessRecord const& record);

}  // namespace tollgate::proxy
