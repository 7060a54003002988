#include "proxy/access_log.hpp"

#include "base/scan.hpp"
#include "base/text_writer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace tollgate::proxy {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::size_t most_value_bytes = 1024;
constexpr std::size_t most_other_bytes = 512;  // names, numbers and words of our own, all together
constexpr std::size_t most_escape_bytes = 6;   // \u00XX

void append_escape(TextWriter& out, char c) {
    constexpr std::string_view hex = "0123456789abcdef";
    auto const byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out.put('\\').put(c);
    else out.put("\\u00").put(hex[byte / 16]).put(hex[byte % 16]);
}

void append_escaped(TextWriter& out, std::string_view text) {
    for (;;) {
        auto const plain = leading<PrintableJsonCharacters>(text);
        out.put(text.substr(0, plain));
        if (plain == text.size()) return;
        append_escape(out, text[plain]);
        text.remove_prefix(plain + 1);
    }
}

// A value of text, and what comes before it, its name included.
struct Text {
    std::string_view begin;
    std::string_view AccessRecord::* value;
};

constexpr std::array of_request{
    Text{",\"request_id\":\"", &AccessRecord::request_id}, Text{",\"client\":\"", &AccessRecord::client},
    Text{",\"method\":\"", &AccessRecord::method},         Text{",\"path\":\"", &AccessRecord::path},
    Text{",\"route\":\"", &AccessRecord::route},
};
constexpr std::array of_service{
    Text{",\"user_id\":\"", &AccessRecord::user_id},
    Text{",\"upstream\":\"", &AccessRecord::upstream},
    Text{",\"server\":\"", &AccessRecord::server},
};
constexpr std::array of_hint{Text{",\"hint\":\"", &AccessRecord::hint}};

// A loop, not inlined: code that has left the cache by the next request costs by its size.
[[gnu::noinline]] void append_texts(TextWriter& out, AccessRecord const& record, std::span<Text const> texts) {
    for (auto const& text : texts) {
        auto const value = record.*text.value;
        if (value.empty()) continue;
        append_escaped(out.put(text.begin), value.substr(0, most_value_bytes));
        out.put('"');
    }
}

// A word of ours, which needs no escape.
void append_word(TextWriter& out, std::string_view begin, std::string_view word) { out.put(begin).put(word).put('"'); }

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
    append_texts(out, record, of_request);
    out.put(",\"status\":").number(summary.status);
    if (summary.reason != errc{}) append_word(out, ",\"reason\":\"", reason_of(summary.reason).word);
    append_texts(out, record, of_service);
    out.put(",\"bytes_received\":").number(summary.bytes_received);
    out.put(",\"bytes_sent\":").number(summary.bytes_sent);
    append_duration(out.put(",\"duration_ms\":"), summary.duration);
    if (summary.first_byte) append_duration(out.put(",\"first_byte_ms\":"), *summary.first_byte);
    if (summary.queued) {
        append_duration(out.put(",\"queued_ms\":"), *summary.queued);
        out.put(",\"queue_position\":").number(summary.queue_position);
    }
    append_word(out, ",\"ending\":\"", plugin::word_of(summary.ending));
    append_texts(out, record, of_hint);
    out.put("}\n");
}

}  // namespace

std::string_view AccessLines::begin_of_line(std::chrono::sys_seconds second) {
    if (second != std::exchange(begin_second_, second)) {
        auto const day = floor<days>(second);
        std::chrono::year_month_day const date(day);
        std::chrono::hh_mm_ss const clock(second - day);
        TextWriter out(begin_);
        out.put("{\"time\":\"").digits(static_cast<unsigned>(static_cast<int>(date.year())), 4);
        out.put('-').digits(static_cast<unsigned>(date.month()), 2);
        out.put('-').digits(static_cast<unsigned>(date.day()), 2);
        out.put('T').digits(static_cast<unsigned>(clock.hours().count()), 2);
        out.put(':').digits(static_cast<unsigned>(clock.minutes().count()), 2);
        out.put(':').digits(static_cast<unsigned>(clock.seconds().count()), 2);
    }
    return {begin_.data(), begin_.size()};
}

void AccessLines::add(AccessRecord const& record) {
    auto const second = floor<seconds>(record.time);
    auto const fraction = static_cast<unsigned>(floor<milliseconds>(record.time - second).count());
    append_written(text_, most_bytes(record), [&](TextWriter& out) {
        out.put(begin_of_line(second)).put('.').digits(fraction, 3).put("Z\"");
        append_line(out, record);
    });
}

}  // namespace tollgate::proxy
