#include "settings/node.hpp"

#include "base/quantity.hpp"
#include "settings/document.hpp"
#include "settings/value.hpp"
#include "settings/words.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace tollgate::settings {
namespace {

using Kind = Value::Kind;

constexpr std::string_view none = "none";

std::string_view kind_word(Kind kind) {
    switch (kind) {
        case Kind::null: return "nothing";
        case Kind::scalar: return "a single value";
        case Kind::list: return "a list";
        case Kind::map: return "a map";
        case Kind::broken: break;
    }
    return "a value that is wrong";
}

// " from 1s to 7d"; empty when the range is that of the type.
template <class T, class Text>
std::string range_text(Range<T> range, Text text) {
    Range<T> const all;
    bool const lower = range.least > all.least;
    bool const upper = range.most < all.most;
    if (lower && upper) return " from " + text(range.least) + " to " + text(range.most);
    if (lower) return " of at least " + text(range.least);
    if (upper) return " of at most " + text(range.most);
    return {};
}

std::string whole_number_text(Range<std::int64_t> range) {
    return "a whole number" + range_text(range, [](std::int64_t n) { return std::to_string(n); });
}

template <class T>
bool within(Range<T> range, T value) {
    return value >= range.least && value <= range.most;
}

bool is_broken(Value const& value) noexcept {
    return value.kind == Kind::broken || std::ranges::any_of(value.children, is_broken);
}

}  // namespace

std::string SettingsError::line() const {
    if (where.file.empty()) return what;
    auto text = where.file;
    if (where.line > 0) text += ":" + std::to_string(where.line);
    if (where.line > 0 && where.column > 0) text += ":" + std::to_string(where.column);
    return text + ": " + what;
}

SettingsNode::SettingsNode(Document& document, Value* value, Value* nearest, std::string path, std::string pattern)
    : document_(&document), value_(value), nearest_(nearest), path_(std::move(path)), pattern_(std::move(pattern)) {}

bool SettingsNode::present() const noexcept { return value_ != nullptr; }
bool SettingsNode::is_map() const noexcept { return value_ && value_->kind == Kind::map; }
bool SettingsNode::is_list() const noexcept { return value_ && value_->kind == Kind::list; }
bool SettingsNode::is_scalar() const noexcept { return value_ && value_->kind == Kind::scalar; }

SettingsNode SettingsNode::child(std::string_view key) const {
    auto const below = [key](std::string const& path) { return (path.empty() ? path : path + '.') + std::string(key); };
    SettingsNode node(*document_, nullptr, nearest_, below(path_), below(pattern_));
    node.excused_ = excused_ || (value_ && value_->kind != Kind::map && value_->kind != Kind::null);
    if (!is_map()) return node;
    auto const found = std::ranges::find(value_->children, key, &Value::key);
    if (found == value_->children.end()) return node;
    found->read = true;
    node.value_ = node.nearest_ = &*found;
    return node;
}

SettingsNode SettingsNode::item(std::size_t index) const {
    auto& value = value_->children[index];
    value.read = true;
    return {*document_, &value, &value, path_ + '[' + std::to_string(index) + ']', pattern_ + "[]"};
}

SettingsNode SettingsNode::operator[](std::string_view key) const {
    if (value_ && value_->kind != Kind::map && value_->kind != Kind::null) {
        mistyped("expected a map, found " + std::string(kind_word(value_->kind)));
    }
    auto node = child(key);
    if (value_ && !contains(value_->asked, key)) value_->asked.emplace_back(key);
    document_->keys_asked_[node.pattern_] |= node.present();
    return node;
}

SettingsNode SettingsNode::required(std::string_view key) const {
    auto node = (*this)[key];
    if (node.present() || node.excused_) return node;
    document_->fail(where(), "missing key " + backquoted(present() ? key : node.path_));
    node.excused_ = true;
    return node;
}

bool SettingsNode::broken() const noexcept { return value_ && is_broken(*value_); }

std::vector<std::pair<std::string, SettingsNode>> SettingsNode::entries() const {
    std::vector<std::pair<std::string, SettingsNode>> all;
    if (!value_ || value_->kind == Kind::null) return all;
    if (!is_map()) {
        mistyped("expected a map, found " + std::string(kind_word(value_->kind)));
        return all;
    }
    for (auto& value : value_->children) {
        auto node = child(value.key);
        node.pattern_ = pattern_ + ".*";
        all.emplace_back(value.key, std::move(node));
    }
    return all;
}

std::vector<SettingsNode> SettingsNode::items() const {
    std::vector<SettingsNode> all;
    if (!value_ || value_->kind == Kind::null) return all;
    if (!is_list()) {
        mistyped("expected a list, found " + std::string(kind_word(value_->kind)));
        return all;
    }
    for (std::size_t i = 0; i < value_->children.size(); ++i) all.push_back(item(i));
    return all;
}

std::vector<SettingsNode> SettingsNode::one_or_more() const {
    if (is_scalar()) return {*this};
    if (value_ && !is_list()) {
        mistyped("expected a value or a list of values, found " + std::string(kind_word(value_->kind)));
        return {};
    }
    return items();
}

Value const* SettingsNode::scalar() const {
    if (is_scalar() || !value_) return value_;
    mistyped("expected a single value, found " + std::string(kind_word(value_->kind)));
    return nullptr;
}

std::string SettingsNode::text(std::string_view fallback) const {
    auto const* const value = scalar();
    return std::string(value ? value->content() : fallback);
}

Secret SettingsNode::secret() const {
    auto const* const value = scalar();
    return value ? Secret(std::string(value->content())) : Secret();
}

bool SettingsNode::boolean(bool fallback) const {
    auto const* const value = scalar();
    if (!value) return fallback;
    if (value->content() == "true") return true;
    if (value->content() == "false") return false;
    wrong("`true` or `false`");
    return fallback;
}

std::int64_t SettingsNode::integer(std::int64_t fallback, Range<std::int64_t> range) const {
    auto const* const value = scalar();
    if (!value) return fallback;
    auto const read = read_integer(value->content());
    if (read && within(range, *read)) return *read;
    wrong(whole_number_text(range));
    return fallback;
}

SettingsNode::milliseconds SettingsNode::duration(milliseconds fallback, Range<milliseconds> range) const {
    auto const* const value = scalar();
    if (!value) return fallback;
    auto const read = read_duration(value->content());
    if (read && within(range, *read)) return *read;
    wrong("a duration" + range_text(range, duration_text) + " (such as 250ms, 30s, 5m, 1h, 7d)");
    return fallback;
}

std::optional<SettingsNode::milliseconds> SettingsNode::timeout(std::optional<milliseconds> fallback,
                                                                Range<milliseconds> range) const {
    auto const* const value = scalar();
    if (!value) return fallback;
    if (value->content() == none) return std::nullopt;
    auto const read = read_duration(value->content());
    if (read && within(range, *read)) return read;
    wrong("`none` or a duration" + range_text(range, duration_text) + " (such as 250ms, 30s, 5m, 1h, 7d)");
    return fallback;
}

std::optional<std::int64_t> SettingsNode::limit(std::optional<std::int64_t> fallback, Range<std::int64_t> range) const {
    auto const* const value = scalar();
    if (!value) return fallback;
    if (value->content() == none) return std::nullopt;
    auto const read = read_integer(value->content());
    if (read && within(range, *read)) return read;
    wrong("`none` or " + whole_number_text(range));
    return fallback;
}

std::uint64_t SettingsNode::size_bytes(std::uint64_t fallback, Range<std::uint64_t> range) const {
    auto const* const value = scalar();
    if (!value) return fallback;
    auto const read = read_size(value->content());
    if (read && within(range, *read)) return *read;
    wrong("a size" + range_text(range, size_text) + " in bytes, KiB, MiB or GiB (such as 512, 64KiB, 10MiB, 1GiB)");
    return fallback;
}

std::vector<std::string> SettingsNode::texts() const {
    std::vector<std::string> all;
    for (auto const& node : one_or_more()) {
        if (auto const* const value = node.scalar()) all.emplace_back(value->content());
    }
    return all;
}

std::size_t SettingsNode::one_of(std::initializer_list<std::string_view> words, std::size_t fallback) const {
    auto const* const value = scalar();
    if (!value) return fallback;
    auto const* const found = std::ranges::find(words, value->content());
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    wrong(listed(std::span(words.begin(), words.size())));
    return fallback;
}

std::string SettingsNode::shown() const { return value_ ? value_->text : std::string(); }
std::string SettingsNode::sources() const { return value_ ? value_->sources : std::string(); }
std::string SettingsNode::path() const { return path_; }
Where SettingsNode::where() const { return document_->where(nearest_->mark.line, nearest_->mark.column); }

std::size_t SettingsNode::errors_so_far() const noexcept { return document_->errors_.size(); }

void SettingsNode::fail(std::string what) const {
    if (excused_) return;
    if (value_) {
        if (value_->mistyped || value_->kind == Kind::broken) return;
        value_->failed = true;
    }
    document_->fail(where(), std::move(what));
}

void SettingsNode::amend(std::string_view more) const {
    if (value_) document_->amend(where(), more);
}

void SettingsNode::mistyped(std::string what) const {
    if (value_->mistyped || value_->kind == Kind::broken) return;
    value_->mistyped = true;
    document_->fail(where(), std::move(what));
}

void SettingsNode::wrong(std::string_view expected) const {
    mistyped("expected " + std::string(expected) + ", found " + backquoted(value_->text));
}

}  // namespace tollgate::settings
