// As much HTTP/1.1 as the benchmark's own two programs need, which only ever speak with proxies that they know. Not for
// input from anybody else.
#pragma once

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace bench {

inline bool same_letters(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b,
                              [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// The value of a field of `head`, which ends with its empty line.
inline std::optional<std::string_view> field(std::string_view head, std::string_view name) {
    auto line = head.find("\r\n");
    while (line != head.npos) {
        auto const begin = line + 2;
        line = head.find("\r\n", begin);
        if (line == head.npos || line == begin) return std::nullopt;
        auto const text = head.substr(begin, line - begin);
        if (text.size() <= name.size() || text[name.size()] != ':') continue;
        if (!same_letters(text.substr(0, name.size()), name)) continue;
        auto const value = text.find_first_not_of(' ', name.size() + 1);
        return value == text.npos ? std::string_view() : text.substr(value);
    }
    return std::nullopt;
}

inline std::uint64_t number(std::string_view text, int base = 10) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, base);
    return value;
}

// Where a body ends, fed piece by piece. `data` of feed() gets what belongs to the body.
class BodyReader {
public:
    void expect_length(std::uint64_t bytes) {
        chunked_ = false;
        left_ = bytes;
        ended_ = bytes == 0;
    }
    void expect_chunks() {
        chunked_ = true;
        left_ = 0;
        ended_ = false;
        part_ = Part::size;
    }
    [[nodiscard]] bool ended() const { return ended_; }

    template <class Data>
    void feed(std::string_view input, Data data) {
        while (!input.empty() && !ended_) {
            if (!chunked_ || part_ == Part::data) input.remove_prefix(take_data(input, data));
            else take_framing(input.front()), input.remove_prefix(1);
        }
    }

private:
    enum class Part { size, extension, data, line_end, last_line };

    template <class Data>
    std::size_t take_data(std::string_view input, Data data) {
        auto const taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
        data(input.substr(0, taken));
        left_ -= taken;
        if (left_ == 0 && chunked_) part_ = Part::line_end;
        if (left_ == 0 && !chunked_) ended_ = true;
        return taken;
    }

    void take_framing(char c) {
        switch (part_) {
            case Part::size:
                if (std::isxdigit(static_cast<unsigned char>(c))) left_ = left_ * 16 + number({&c, 1}, 16);
                else if (c == '\n') part_ = left_ ? Part::data : Part::last_line;
                else if (c == ';') part_ = Part::extension;
                break;
            case Part::extension:
                if (c == '\n') part_ = left_ ? Part::data : Part::last_line;
                break;
            case Part::line_end:
                if (c == '\n') part_ = Part::size;
                break;
            case Part::last_line: ended_ = c == '\n'; break;
            case Part::data: break;
        }
    }

    bool chunked_ = false;
    bool ended_ = true;
    Part part_ = Part::size;
    std::uint64_t left_ = 0;
};

}  // namespace bench
