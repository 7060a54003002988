#include "support/request_grammar.hpp"

#include "support/request_texts.hpp"

#include <algorithm>
#include <iterator>
#include <random>
#include <span>

namespace tollgate::testing {
namespace {

using namespace request_texts;
using std::string_view;
using Texts = std::span<string_view const>;

constexpr unsigned seed = 20'090'507;

class Dice {
public:
    explicit Dice(unsigned number) : random_(seed + number) {}

    // Not std::uniform_int_distribution: what that gives differs between libraries.
    std::size_t below(std::size_t most) { return random_() % most; }
    // The first half of a table, where what is sound stands, is chosen three times as often as the second.
    string_view pick(Texts texts) { return texts[below(below(2) == 0 ? (texts.size() + 1) / 2 : texts.size())]; }

private:
    std::mt19937 random_;
};

struct Draft {
    string_view line;  // m, t and v are the method, the target and the version
    std::string method;
    std::string target;
    std::string version = "HTTP/1.1";
    std::vector<std::string> fields;  // whole lines, sometimes several at once
    std::string framing;              // a field as well
    std::string body;                 // as it is sent
    std::string data;                 // what the body says
    std::string end = "\r\n";
    std::string behind;
};

void replace_all(std::string& text, string_view what, string_view with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

std::string hexadecimal(std::size_t value) {
    std::string text;
    do text.insert(text.begin(), "0123456789abcdef"[value % 16]);
    while ((value /= 16) > 0);
    return text;
}

std::string coded(string_view pattern, string_view body) {
    std::string text;
    for (char const c : pattern) {
        if (c == 'S') text += hexadecimal(body.size());
        else if (c == 'D') text += body;
        else text += c;
    }
    return text;
}

// Whether the body was coded; a further coding takes the place of the first.
bool is_chunked(Draft const& draft) {
    return draft.framing.find("hunked") != std::string::npos || draft.framing.find("CHUNKED") != std::string::npos;
}

std::string with_length(string_view pattern, Draft const& draft) {
    std::string text;
    for (char const c : pattern) text += c == 'N' ? std::to_string(draft.body.size()) : std::string(1, c);
    return text;
}

void give_data(Draft& draft, Dice& dice) {
    if (draft.data.empty()) draft.data = dice.pick(data);
    if (draft.body.empty()) draft.body = draft.data;
}

void give_coding(Draft& draft, Dice& dice, string_view pattern) {
    give_data(draft, dice);
    draft.body = coded(pattern, draft.data);
    if (!is_chunked(draft)) draft.framing = "Transfer-Encoding: chunked\r\n";
}

// Somewhere among the fields.
void insert(Draft& draft, Dice& dice, string_view field) {
    auto const at = dice.below(draft.fields.size() + 1);
    draft.fields.insert(draft.fields.begin() + static_cast<std::ptrdiff_t>(at), std::string(field));
}

// One way to be odd, and the texts in which it shows.
struct Oddity {
    string_view name;
    Texts texts;
    void (*apply)(Draft& draft, Dice& dice, string_view text);
};

// What stands twice is done twice as often.
constexpr Oddity oddities[] = {
    {"method", odd_methods, [](Draft& draft, Dice&, string_view text) { draft.method = text; }},
    {"request line", lines, [](Draft& draft, Dice&, string_view text) { draft.line = text; }},
    {"version", versions, [](Draft& draft, Dice&, string_view text) { draft.version = text; }},
    {"target", odd_targets, [](Draft& draft, Dice&, string_view text) { draft.target = text; }},
    {"target", odd_targets, [](Draft& draft, Dice&, string_view text) { draft.target = text; }},
    {"host", hosts, [](Draft& draft, Dice&, string_view text) { draft.fields.front() = text; }},
    {"field", odd_fields, insert},
    {"field", odd_fields, insert},
    {"connection", connections, insert},
    {"length", lengths,
     [](Draft& draft, Dice& dice, string_view text) {
         give_data(draft, dice);
         draft.framing = with_length(text, draft);
     }},
    {"coding", codings,
     [](Draft& draft, Dice& dice, string_view text) {
         if (!is_chunked(draft)) give_coding(draft, dice, plain_coding);
         draft.framing = text;
     }},
    {"both framings", both_framings,
     [](Draft& draft, Dice& dice, string_view text) {
         if (dice.below(3) == 0) give_data(draft, dice);
         else if (!is_chunked(draft)) give_coding(draft, dice, plain_coding);
         draft.framing = with_length(text, draft);
     }},
    {"chunked body", bodies, give_coding},
    {"chunked body", bodies, give_coding},
    {"trailer", trailers,
     [](Draft& draft, Dice& dice, string_view text) {
         give_coding(draft, dice, "S\r\nD\r\n0\r\n" + std::string(text));
     }},
    {"behind", remains, [](Draft& draft, Dice&, string_view text) { draft.behind = text; }},
    {"line end", line_ends,
     [](Draft& draft, Dice& dice, string_view text) {
         auto& field = draft.fields[dice.below(draft.fields.size())];
         if (field.ends_with("\r\n")) field.replace(field.size() - 2, 2, text);
     }},
    {"end of head", ends, [](Draft& draft, Dice&, string_view text) { draft.end = text; }},
};

void apply(Oddity const& oddity, string_view text, Draft& draft, Dice& dice, OddRequest& request) {
    request.oddities.push_back(oddity.name);
    oddity.apply(draft, dice, text);
}

// The first numbers go through all texts, one each. False when `number` is beyond them.
bool apply_text(unsigned number, Draft& draft, Dice& dice, OddRequest& request) {
    std::size_t left = number;
    for (auto const& oddity : oddities) {
        if (left < oddity.texts.size()) return apply(oddity, oddity.texts[left], draft, dice, request), true;
        left -= oddity.texts.size();
    }
    return false;
}

void apply_mixture(Draft& draft, Dice& dice, OddRequest& request) {
    constexpr unsigned counts[] = {0, 1, 1, 1, 1, 1, 2, 2, 2, 3};
    for (auto count = counts[dice.below(std::size(counts))]; count > 0; --count) {
        auto const& oddity = oddities[dice.below(std::size(oddities))];
        apply(oddity, dice.pick(oddity.texts), draft, dice, request);
    }
}

Draft plain_draft(Dice& dice) {
    Draft draft{
        .line = "m t v\r\n", .method = std::string(dice.pick(methods)), .target = std::string(dice.pick(targets))};
    draft.fields.emplace_back("Host: a\r\n");
    for (auto count = dice.below(3); count > 0; --count) draft.fields.emplace_back(dice.pick(plain_fields));
    if (!draft.method.starts_with('P')) return draft;
    give_data(draft, dice);
    if (dice.below(2) == 0) give_coding(draft, dice, plain_coding);
    else draft.framing = with_length("Content-Length: N\r\n", draft);
    return draft;
}

std::string written(Draft const& draft, unsigned number, Dice& dice) {
    std::string text;
    for (char const c : draft.line) {
        if (c == 'm') text += draft.method;
        else if (c == 't') text += draft.target;
        else if (c == 'v') text += draft.version;
        else text += c;
    }
    auto fields = draft.fields;
    fields.insert(fields.begin() + static_cast<std::ptrdiff_t>(dice.below(fields.size() + 1)), draft.framing);
    for (auto const& field : fields) text += field;
    text += draft.end + draft.body + draft.behind;
    std::string many;
    for (int i = 0; i < 101; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
    replace_all(text, "<MARK>", mark_of(number));
    replace_all(text, "<LONG>", std::string(9000, 'a'));
    replace_all(text, "<FIELDS>", many);
    return text;
}

}  // namespace

OddRequest odd_request(unsigned number) {
    Dice dice(number);
    OddRequest request;
    auto draft = plain_draft(dice);
    if (!apply_text(number, draft, dice, request)) apply_mixture(draft, dice, request);
    request.bytes = written(draft, number, dice);
    for (auto count = dice.below(2) * dice.below(5); count > 0; --count)
        request.cuts.push_back(dice.below(request.bytes.size() + 1));
    std::ranges::sort(request.cuts);
    request.waits = dice.below(2) == 0;
    return request;
}

std::string clean_request(unsigned number) {
    return "GET /" + mark_of(number) + "/clean HTTP/1.1\r\nHost: clean.example\r\n\r\n";
}

std::string mark_of(unsigned number) {
    auto const digits = std::to_string(number);
    return "~" + std::string(4 - digits.size(), '0') + digits + "~";
}

}  // namespace tollgate::testing
