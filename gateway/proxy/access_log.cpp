#include "proxy/access_log.hpp"

#include "base/scan.hpp"
#include "base/text_writer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace tollgate::proxy {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr std::size_t most_value_bytes = 1024;
constexpr std::size_t most_other_bytes = 512;  // names, numbers and words of our own, all together
constexpr std::size_t most_escape_bytes = 6;   // \u00XX

void append_escape(TextWriter& out, char c) {
    constexpr std::string_view hex = "0123456789abcdef";
    auto const byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out.put('\\').put(c);
    else out.put("\\u00").put(hex[byte / 16]).put(hex[byte % 16]);
}

// Not inlined, so that what calls it is: the constant text before a value is then a few moves.
[[gnu::noinline]] void append_escaped(TextWriter& out, std::string_view text) {
    for (;;) {
        auto const plain = leading<PrintableJsonCharacters>(text);
        out.put(text.substr(0, plain));
        if (plain == text.size()) return;
        append_escape(out, text[plain]);
        text.remove_prefix(plain + 1);
    }
}

// `begin` is what comes before the value, its name included.
void append_text(TextWriter& out, std::string_view begin, std::string_view value) {
    if (value.empty()) return;
    append_escaped(out.put(begin), value.substr(0, most_value_bytes));
    out.put('"');
}

// A word of ours, which needs no escape.
void append_word(TextWriter& out, std::string_view begin, std::string_view word) { out.put(begin).put(word).put('"'); }

void append_time(TextWriter& out, std::chrono::system_clock::time_point time) {
    auto const day = floor<days>(time);
    std::chrono::year_month_day const date(day);
    std::chrono::hh_mm_ss const clock(floor<milliseconds>(time - day));
    out.put("{\"time\":\"").digits(static_cast<unsigned>(static_cast<int>(date.year())), 4);
    out.put('-').digits(static_cast<unsigned>(date.month()), 2);
    out.put('-').digits(static_cast<unsigned>(date.day()), 2);
    out.put('T').digits(static_cast<unsigned>(clock.hours().count()), 2);
    out.put(':').digits(static_cast<unsigned>(clock.minutes().count()), 2);
    out.put(':').digits(static_cast<unsigned>(clock.seconds().count()), 2);
    out.put('.').digits(static_cast<unsigned>(clock.subseconds().count()), 3).put("Z\"");
}

// In milliseconds with three decimals, the nearest of them, and of two the even one.
void append_duration(TextWriter& out, nanoseconds duration) {
    auto const nanos = duration.count();
    auto const size = nanos < 0 ? 0 - static_cast<std::uint64_t>(nanos) : static_cast<std::uint64_t>(nanos);
    auto const rest = size % 1000;
    auto micros = size / 1000;
    if (rest > 500 || (rest == 500 && micros % 2 == 1)) ++micros;
    if (nanos < 0 && micros > 0) out.put('-');
    out.number(micros / 1000).put('.').digits(micros % 1000, 3);
}

std::size_t most_bytes(AccessRecord const& record) noexcept {
    std::array const values{record.request_id, record.client,   record.method, record.path, record.route,
                            record.user_id,    record.upstream, record.server, record.hint};
    std::size_t most = most_other_bytes;
    for (auto const value : values) most += most_escape_bytes * std::min(value.size(), most_value_bytes);
    return most;
}

void append_line(TextWriter& out, AccessRecord const& record) {
    auto const& summary = record.summary;
    append_time(out, record.time);
    append_text(out, ",\"request_id\":\"", record.request_id);
    append_text(out, ",\"client\":\"", record.client);
    append_text(out, ",\"method\":\"", record.method);
    append_text(out, ",\"path\":\"", record.path);
    append_text(out, ",\"route\":\"", record.route);
    out.put(",\"status\":").number(summary.status);
    if (summary.reason != errc{}) append_word(out, ",\"reason\":\"", reason_of(summary.reason).word);
    append_text(out, ",\"user_id\":\"", record.user_id);
    append_text(out, ",\"upstream\":\"", record.upstream);
    append_text(out, ",\"server\":\"", record.server);
    out.put(",\"bytes_received\":").number(summary.bytes_received);
    out.put(",\"bytes_sent\":").number(summary.bytes_sent);
    append_duration(out.put(",\"duration_ms\":"), summary.duration);
    if (summary.first_byte) append_duration(out.put(",\"first_byte_ms\":"), *summary.first_byte);
    if (summary.queued) {
        append_duration(out.put(",\"queued_ms\":"), *summary.queued);
        out.put(",\"queue_position\":").number(summary.queue_position);
    }
    append_word(out, ",\"ending\":\"", plugin::word_of(summary.ending));
    append_text(out, ",\"hint\":\"", record.hint);
    out.put("}\n");
}

}  // namespace

void append_access_line(std::string& out, AccessRecord const& record) {
    append_written(out, most_bytes(record), [&record](TextWriter& writer) { append_line(writer, record); });
}

}  // namespace tollgate::proxy
