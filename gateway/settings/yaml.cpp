#include "settings/yaml.hpp"

#include "base/characters.hpp"
#include "settings/words.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

namespace tollgate::settings {
namespace {

Mark mark_of(YAML::Mark const& mark) { return mark.is_null() ? Mark{} : Mark{mark.line + 1, mark.column + 1}; }

// The parser is left by its own exception only: there is no other way out of a callback.
[[noreturn]] void refuse(YAML::Mark const& mark, char const* what) { throw YAML::ParserException(mark, what); }

// Builds the tree from the bottom: a container is moved into its parent when it ends.
class Builder final : public YAML::EventHandler {
public:
    explicit Builder(std::string const& name) : name_(name) {}

    Tree take() && { return {std::move(root_), std::move(errors_)}; }

    void OnDocumentStart(YAML::Mark const& mark) override {
        if (begun_) refuse(mark, "a second document begins here: one file holds one document");
        begun_ = true;
    }
    void OnDocumentEnd() override {}
    void OnAnchor(YAML::Mark const& mark, std::string const&) override {
        fail(mark, "anchors and aliases are not supported");
    }

    void OnNull(YAML::Mark const& mark, YAML::anchor_t) override {
        if (wants_key()) return refuse_key(mark);
        auto value = leaf(Value::Kind::null, mark);
        // The parser marks a missing value at whatever follows it.
        if (!open_.empty() && open_.back().has_key) value.mark = open_.back().key_mark;
        add(std::move(value));
    }
    void OnAlias(YAML::Mark const& mark, YAML::anchor_t) override {
        if (wants_key()) return refuse_key(mark);
        fail(mark, "anchors and aliases are not supported");
        add(leaf(Value::Kind::broken, mark));
    }
    void OnScalar(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t, std::string const& text) override {
        bool const plain_or_quoted = tag == "?" || tag == "!";
        if (!plain_or_quoted) fail(mark, "tags are not supported");
        if (wants_key()) return begin_entry(mark, text);
        auto value = leaf(plain_or_quoted ? Value::Kind::scalar : Value::Kind::broken, mark);
        value.text = text;
        add(std::move(value));
    }
    void OnSequenceStart(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {
        begin(Value::Kind::list, mark, tag);
    }
    void OnMapStart(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {
        begin(Value::Kind::map, mark, tag);
    }
    void OnSequenceEnd() override { end(); }
    void OnMapEnd() override { end(); }

private:
    struct Open {
        Value value;
        bool has_key = false;
        bool is_key = false;   // a key that is no text: it is read to its end and dropped
        bool dropped = false;  // the entry being read has a wrong key, or one that was there before
        std::string key;
        Mark key_mark;
        std::map<std::string, int> lines;  // of the keys so far
    };

    static Value leaf(Value::Kind kind, YAML::Mark const& mark) {
        Value value;
        value.kind = kind;
        value.mark = mark_of(mark);
        return value;
    }

    [[nodiscard]] bool wants_key() const {
        return !open_.empty() && open_.back().value.kind == Value::Kind::map && !open_.back().has_key;
    }

    void begin_entry(YAML::Mark const& mark, std::string const& key) {
        auto& map = open_.back();
        map.key = key;
        map.key_mark = mark_of(mark);
        map.has_key = true;
        if (key.contains("${")) fail(mark, "`${` is replaced in values only, not in keys");
        auto const [first, added] = map.lines.emplace(key, map.key_mark.line);
        map.dropped = !added;
        if (!added)
            fail(mark, "duplicate key " + backquoted(key) + ": the first is in line " + std::to_string(first->second));
    }

    void refuse_key(YAML::Mark const& mark) {
        fail(mark, "a key must be a text");
        open_.back().has_key = true;
        open_.back().dropped = true;
    }

    void begin(Value::Kind kind, YAML::Mark const& mark, std::string const& tag) {
        bool const is_key = wants_key();
        if (is_key) refuse_key(mark);
        if (open_.size() >= most_yaml_depth) refuse(mark, "nested deeper than 32 levels");
        if (tag != "?") fail(mark, "tags are not supported");
        Open open;
        open.value = leaf(kind, mark);
        open.is_key = is_key;
        open_.push_back(std::move(open));
    }

    void end() {
        auto ended = std::move(open_.back());
        open_.pop_back();
        if (!ended.is_key) add(std::move(ended.value));
    }

    void add(Value value) {
        if (open_.empty()) {
            root_ = std::move(value);
            return;
        }
        auto& parent = open_.back();
        if (parent.value.kind == Value::Kind::map) {
            parent.has_key = false;
            value.key = std::move(parent.key);
            value.key_mark = parent.key_mark;
            if (parent.dropped) return;
        }
        parent.value.children.push_back(std::move(value));
    }

    void fail(YAML::Mark const& mark, std::string what) {
        auto const [line, column] = mark_of(mark);
        errors_.push_back({{name_, line, column}, std::move(what)});
    }

    std::string const& name_;
    bool begun_ = false;
    std::vector<Open> open_;
    Value root_;
    SettingsErrors errors_;
};

// The parser would take these as text, or take bytes with them for UTF-16.
std::optional<Mark> control_character(std::string_view text) {
    Mark mark{1, 1};
    for (char const c : text) {
        if (c == '\n') {
            ++mark.line;
            mark.column = 1;
            continue;
        }
        if (!is_value_character(c) && c != '\r') return mark;
        ++mark.column;
    }
    return std::nullopt;
}

// Without the mark the parser takes the end of the text for the quote that is missing.
std::string with_end_mark(std::string_view text) {
    std::string marked(text);
    marked += text.ends_with('\n') ? "...\n" : "\n...\n";
    return marked;
}

// The parser's own words are short; two slips are so common that they are worth a sentence.
std::string hint(std::string_view text, Mark mark) {
    for (int line = 1; line < mark.line; ++line) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
    if (text.empty()) return " (is a quote or a bracket not closed?)";
    auto const indent = text.substr(0, std::min(text.find_first_not_of(" \t"), text.size()));
    return indent.contains('\t') ? " (this line is indented with a tab; YAML wants spaces)" : "";
}

std::unexpected<SettingsErrors> failed(std::string const& name, Mark mark, std::string what) {
    return std::unexpected(SettingsErrors{{{name, mark.line, mark.column}, std::move(what)}});
}

}  // namespace

Checked<Tree> parse_yaml(std::string_view text, std::string const& name) {
    if (text.size() > most_yaml_bytes) return failed(name, {}, "is larger than 1 MiB");
    if (auto const mark = control_character(text))
        return failed(name, *mark, "a control character: the file must be UTF-8 text");
    Builder builder(name);
    try {
        std::istringstream stream(with_end_mark(text));
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (YAML::Exception const& error) {
        auto const mark = mark_of(error.mark);
        return failed(name, mark, error.msg + hint(text, mark));
    }
    auto tree = std::move(builder).take();
    if (tree.root.kind == Value::Kind::null) {
        tree.root.kind = Value::Kind::map;
        tree.root.mark = {1, 1};
    }
    if (tree.root.kind != Value::Kind::map)
        return failed(name, tree.root.mark, "the file must be a map of keys and values");
    return tree;
}

}  // namespace tollgate::settings
