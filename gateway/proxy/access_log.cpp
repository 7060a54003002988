#include "proxy/access_log.hpp"

#include <fmt/format.h>

#include <ctime>
#include <iterator>

namespace tollgate::proxy {
namespace {

constexpr std::size_t most_value_bytes = 1024;

void append_text(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    out.append(",\"").append(name).append("\":\"");
    append_json_escaped(out, value, most_value_bytes);
    out.push_back('"');
}

void append_time(std::string& out, std::chrono::system_clock::time_point time) {
    auto const since = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
    auto const second = static_cast<std::time_t>(since / 1000);
    std::tm utc{};
    gmtime_r(&second, &utc);
    fmt::format_to(std::back_inserter(out), "{{\"time\":\"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z\"",
                   utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, since % 1000);
}

double milliseconds(std::chrono::nanoseconds duration) { return static_cast<double>(duration.count()) / 1e6; }

}  // namespace

void append_json_escaped(std::string& out, std::string_view text, std::size_t most_bytes) {
    for (char const c : text.substr(0, most_bytes)) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte >= 0x7f) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
            continue;
        }
        if (c == '"' || c == '\\') out.push_back('\\');
        out.push_back(c);
    }
}

void append_access_line(std::string& out, AccessRecord const& record) {
    auto const& summary = record.summary;
    append_time(out, record.time);
    append_text(out, "request_id", record.request_id);
    append_text(out, "client", record.client);
    append_text(out, "method", record.method);
    append_text(out, "path", record.path);
    append_text(out, "route", record.route);
    fmt::format_to(std::back_inserter(out), ",\"status\":{}", summary.status);
    if (summary.reason != errc{}) append_text(out, "reason", reason_of(summary.reason).word);
    append_text(out, "user_id", record.user_id);
    append_text(out, "upstream", record.upstream);
    append_text(out, "server", record.server);
    fmt::format_to(std::back_inserter(out), ",\"bytes_received\":{},\"bytes_sent\":{},\"duration_ms\":{:.3f}",
                   summary.bytes_received, summary.bytes_sent, milliseconds(summary.duration));
    if (summary.first_byte)
        fmt::format_to(std::back_inserter(out), ",\"first_byte_ms\":{:.3f}", milliseconds(*summary.first_byte));
    if (summary.queued) {
        fmt::format_to(std::back_inserter(out), ",\"queued_ms\":{:.3f},\"queue_position\":{}",
                       milliseconds(*summary.queued), summary.queue_position);
    }
    append_text(out, "ending", plugin::word_of(summary.ending));
    append_text(out, "hint", record.hint);
    out.append("}\n");
}

}  // namespace tollgate::proxy
