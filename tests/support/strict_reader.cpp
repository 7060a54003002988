#include "support/strict_reader.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace tollgate::testing {
namespace {

using std::string_view;

constexpr string_view digits = "0123456789";
constexpr string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

bool is_one_of(string_view set, char c) { return set.find(c) != string_view::npos; }
bool is_alphanumeric(char c) { return is_one_of(digits, c) || is_one_of(letters, c); }
bool is_unreserved(char c) { return is_alphanumeric(c) || is_one_of("-._~", c); }
bool is_token(string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || is_one_of("!#$%&'*+-.^_`|~", c); });
}
bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

char lowered(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
std::string lowered(string_view text) {
    std::string result(text);
    for (char& c : result) c = lowered(c);
    return result;
}

string_view without_blanks(string_view text) {
    auto const begin = text.find_first_not_of(" \t");
    if (begin == string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// All of `text` as a number; nothing for signs, blanks and what 64 bits do not hold.
std::optional<std::uint64_t> number(string_view text, int base) {
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool is_port(string_view text) {
    return text.find_first_not_of(digits) == string_view::npos && number(text, 10).value_or(65536) < 65536;
}

bool is_host(string_view text) {
    string_view name = text.substr(0, text.find(':'));
    if (text.starts_with('[')) name = text.substr(0, text.find(']') + 1);
    auto const port = text.substr(name.size());
    if (!port.empty() && (!port.starts_with(':') || !is_port(port.substr(1)))) return false;
    if (!name.starts_with('[')) return !name.empty() && std::ranges::all_of(name, is_unreserved);
    auto const address = name.substr(1, name.size() - 2);
    return name.ends_with(']') && address.find_first_not_of("0123456789abcdefABCDEF:.") == string_view::npos;
}

// The path with each escape in its one form; nothing when one is bad or hides a slash, a backslash or NUL.
std::optional<std::string> decoded_path(string_view path) {
    std::string out;
    for (std::size_t at = 0; at < path.size(); ++at) {
        if (path[at] != '%') {
            out += path[at];
            continue;
        }
        auto const byte = path.size() < at + 3 ? std::nullopt : number(path.substr(at + 1, 2), 16);
        if (!byte) return std::nullopt;
        auto const c = static_cast<char>(*byte);
        if (c == '/' || c == '\\' || c == '\0') return std::nullopt;
        if (is_unreserved(c)) {
            out += c;
        } else {
            out += '%';
            for (char const digit : path.substr(at + 1, 2))
                out += is_one_of("abcdef", digit) ? static_cast<char>(digit - 32) : digit;
        }
        at += 2;
    }
    return out;
}

bool has_only_names(string_view path) {
    if (!path.starts_with('/')) return false;
    for (auto rest = path.substr(1); !rest.empty();) {
        auto const segment = rest.substr(0, rest.find('/'));
        if (segment.empty() || segment == "." || segment == "..") return false;
        rest.remove_prefix(std::min(rest.size(), segment.size() + 1));
    }
    return true;
}

class Reader {
public:
    explicit Reader(string_view bytes) : rest_(bytes) {}

    bool request_head(StrictRequest& into) {
        string_view version;
        if (!request_line(into, version) || !fields(into.fields)) return false;
        into.old = version == "HTTP/1.0";
        auto const hosts = values_of(into.fields, "host");
        if (hosts.size() > 1 || (!into.old && hosts.empty())) return broken("not one Host");
        if (!hosts.empty()) into.host = hosts[0];
        if (!into.host.empty() && !is_host(into.host)) return broken("a Host that is none");
        if (into.old && !values_of(into.fields, "transfer-encoding").empty()) return broken("a coding in HTTP/1.0");
        return target(into) && framing(into.fields, into.body);
    }

    bool answer_head(StrictAnswer& into) {
        string_view text;
        if (!line(text)) return false;
        auto const status = text.substr(std::min<std::size_t>(text.size(), 9), 3);
        bool const is_good = text.starts_with("HTTP/1.1 ") && status.size() == 3 && text.substr(12).starts_with(' ');
        if (!is_good || status.find_first_not_of(digits) != string_view::npos) return broken("no status line");
        into.status = static_cast<unsigned>(*number(status, 10));
        return fields(into.fields) && framing(into.fields, into.body);
    }

    bool body(StrictBody& into) {
        if (into.chunked) return chunks(into);
        return !into.length || take(*into.length, into.data);
    }

    // To a client of HTTP/1.0 the end of the connection may be the end of the body.
    bool answer_body(StrictBody& into, bool old) {
        if (into.length || into.chunked) return body(into);
        if (!old) return broken("an answer that ends nowhere");
        return take(rest_.size(), into.data);
    }

    bool broken(string_view why) {
        fault = why;
        end = StreamEnd::broken;
        return false;
    }

    [[nodiscard]] bool at_end() const { return rest_.empty(); }

    StreamEnd end = StreamEnd::between_messages;
    std::size_t missing = 0;
    std::string fault;

private:
    bool wants(std::size_t bytes) {
        missing = bytes;
        end = StreamEnd::within_one;
        return false;
    }

    // The next line without its CRLF: no control but HTAB is in it.
    bool line(string_view& text) {
        auto const at = rest_.find('\n');
        if (at == string_view::npos) return wants(1);
        if (at == 0 || rest_[at - 1] != '\r') return broken("a bare LF");
        text = rest_.substr(0, at - 1);
        if (std::ranges::any_of(text, is_control)) return broken("a control");
        rest_.remove_prefix(at + 1);
        return true;
    }

    bool take(std::uint64_t count, std::string& into) {
        auto const there = static_cast<std::size_t>(std::min<std::uint64_t>(count, rest_.size()));
        into += rest_.substr(0, there);
        rest_.remove_prefix(there);
        return there == count || wants(static_cast<std::size_t>(count - there));
    }

    bool request_line(StrictRequest& into, string_view& version) {
        string_view text;
        if (!line(text)) return false;
        auto const first = text.find(' ');
        auto const last = text.rfind(' ');
        if (first == last) return broken("a request line without three parts");
        into.method = text.substr(0, first);
        into.sent_target = text.substr(first + 1, last - first - 1);
        version = text.substr(last + 1);
        if (!is_token(into.method)) return broken("a method that is no token");
        if (version != "HTTP/1.1" && version != "HTTP/1.0") return broken("another version");
        bool const is_plain = std::ranges::all_of(into.sent_target, [](char c) { return c > 0x20 && c < 0x7f; });
        return (is_plain && !is_one_of(into.sent_target, '#')) || broken("a target that is none");
    }

    bool target(StrictRequest& into) {
        string_view rest = into.sent_target;
        if (rest == "*") return set_asterisk(into);
        auto const scheme = rest.substr(0, rest.find("://"));
        if (scheme.size() < rest.size() && (lowered(scheme) == "http" || lowered(scheme) == "https")) {
            rest.remove_prefix(scheme.size() + 3);
            auto const authority = rest.substr(0, rest.find_first_of("/?"));
            rest.remove_prefix(authority.size());
            if (!is_host(authority)) return broken("an authority that is none");
            if (!into.host.empty() && lowered(into.host) != lowered(authority))
                return broken("an authority against Host");
            into.host = authority;
            if (rest.empty() && into.method == "OPTIONS") return set_asterisk(into);
            if (!rest.starts_with('/')) into.target = "/";
        }
        auto const path = rest.substr(0, rest.find('?'));
        auto const decoded = decoded_path(into.target.empty() ? path : into.target);
        if (!decoded || !has_only_names(*decoded) || is_one_of(path, '\\')) return broken("a path that is not plain");
        into.target = *decoded + std::string(rest.substr(path.size()));
        return true;
    }

    bool set_asterisk(StrictRequest& into) {
        into.target = "*";
        return into.method == "OPTIONS" || broken("an asterisk");
    }

    bool fields(StrictFields& into) {
        for (string_view text;;) {
            if (!line(text)) return false;
            if (text.empty()) return true;
            auto const name = text.substr(0, text.find(':'));
            if (name.size() == text.size() || !is_token(name)) return broken("a field line that is none");
            into.push_back({lowered(name), std::string(without_blanks(text.substr(name.size() + 1)))});
        }
    }

    bool framing(StrictFields const& fields, StrictBody& into) {
        auto const lengths = values_of(fields, "content-length");
        auto const codings = values_of(fields, "transfer-encoding");
        if (lengths.size() + codings.size() > 1) return broken("two framings");
        into.chunked = !codings.empty();
        if (into.chunked && lowered(codings[0]) != "chunked") return broken("a coding that is not chunked");
        if (lengths.empty()) return true;
        into.length = number(lengths[0], 10);
        bool const is_good = lengths[0].find_first_not_of(digits) == std::string::npos;
        return (into.length && is_good && *into.length >> 63 == 0) || broken("a length that is none");
    }

    bool chunks(StrictBody& into) {
        for (string_view text;;) {
            if (!line(text)) return false;
            auto const size = number(text.substr(0, text.find(';')), 16);
            if (!size) return broken("a chunk size that is none");
            into.adorned |= is_one_of(text, ';');
            if (*size == 0) break;
            if (!take(*size, into.data)) return false;
            // Two bytes decide: what is not CRLF is broken as soon as it shows.
            if (auto const end_of_chunk = rest_.substr(0, 2); end_of_chunk != "\r\n") {
                bool const may_come = string_view("\r\n").starts_with(end_of_chunk);
                return may_come ? wants(2 - end_of_chunk.size()) : broken("no CRLF after a chunk");
            }
            rest_.remove_prefix(2);
        }
        StrictFields trailers;
        if (!fields(trailers)) return false;
        into.adorned |= !trailers.empty();
        return true;
    }

    string_view rest_;
};

bool is_body_left_out(StrictAnswer const& answer, StrictRequest const* asked, Reader const& reader) {
    if (answer.status < 200 || answer.status == 204 || answer.status == 304) return true;
    if (asked != nullptr && asked->method != "HEAD") return false;
    bool const is_last_word = answer.status >= 400 && lists(answer.fields, "connection", "close");
    return is_last_word ? reader.at_end() : asked != nullptr;
}

}  // namespace

std::vector<std::string> values_of(StrictFields const& fields, string_view name) {
    std::vector<std::string> values;
    for (auto const& field : fields) {
        if (field.name == name) values.push_back(field.value);
    }
    return values;
}

bool lists(StrictFields const& fields, string_view name, string_view element) {
    for (auto const& value : values_of(fields, name)) {
        for (string_view rest = value; !rest.empty();) {
            auto const part = rest.substr(0, rest.find(','));
            if (lowered(without_blanks(part)) == element) return true;
            rest.remove_prefix(std::min(rest.size(), part.size() + 1));
        }
    }
    return false;
}

RequestStream read_requests(string_view bytes) {
    RequestStream stream;
    Reader reader(bytes);
    while (!reader.at_end()) {
        StrictRequest request;
        bool const begun = reader.request_head(request);
        if (begun && reader.body(request.body)) {
            stream.whole.push_back(std::move(request));
            continue;
        }
        if (begun) stream.begun = std::move(request);
        break;
    }
    stream.end = reader.end;
    stream.missing = reader.missing;
    stream.fault = reader.fault;
    return stream;
}

AnswerStream read_answers(string_view bytes, std::span<StrictRequest const> requests) {
    AnswerStream stream;
    Reader reader(bytes);
    while (!reader.at_end() && stream.fault.empty()) {
        StrictAnswer answer;
        auto const* const asked = stream.whole.size() < requests.size() ? &requests[stream.whole.size()] : nullptr;
        bool const good =
            reader.answer_head(answer) && (is_body_left_out(answer, asked, reader) ||
                                           reader.answer_body(answer.body, asked != nullptr && asked->old));
        if (!good) stream.fault = reader.fault.empty() ? "an answer that is not whole" : reader.fault;
        else if (answer.status >= 200) stream.whole.push_back(std::move(answer));
    }
    return stream;
}

}  // namespace tollgate::testing
