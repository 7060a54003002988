#include "settings/substitution.hpp"

#include "settings/words.hpp"

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace tollgate::settings {
namespace {

struct Reference {
    std::string name;
    std::optional<std::string_view> fallback;
    std::size_t size;  // in the text, braces included
};

// `text` begins with `${`.
std::optional<Reference> read_reference(std::string_view text) {
    auto const end = text.find('}');
    if (end == std::string_view::npos) return std::nullopt;
    auto const inside = text.substr(2, end - 2);
    auto const colon = inside.find(':');
    auto const name = inside.substr(0, colon);
    if (!is_variable_name(name)) return std::nullopt;
    if (colon == std::string_view::npos) return Reference{std::string(name), std::nullopt, end + 1};
    auto const rest = inside.substr(colon);
    if (!rest.starts_with(":-") || rest.contains("${")) return std::nullopt;
    return Reference{std::string(name), rest.substr(2), end + 1};
}

// One scalar being put together. The text is wiped piece by piece, as growing would leave copies behind.
class Expansion {
public:
    explicit Expansion(Environment const& environment) : environment_(environment) {}

    void literal(std::string_view text) {
        shown_ += text;
        append(text);
    }

    void reference(Reference const& reference) {
        shown_ += "${" + reference.name + "}";
        auto found = environment_.find(reference.name);
        bool const fallback = reference.fallback && found.problem.empty() && (!found.value || found.value->empty());
        add_sources(reference.name + ": " + found.places + (fallback ? ", default" : ""));
        if (!found.problem.empty()) return problems.push_back(found.problem + " (looked in: " + found.places + ")");
        if (fallback) return append(*reference.fallback);
        if (!found.value) {
            return problems.push_back("the variable " + reference.name + " is not set (looked in: " + found.places +
                                      ")");
        }
        append(found.value->reveal());
    }

    void finish(Value& scalar) && {
        scalar.text = std::move(shown_);
        scalar.replaced = Secret(std::move(meant_));
        scalar.sources = std::move(sources_);
        scalar.substituted = true;
    }

    std::vector<std::string> problems;

private:
    void append(std::string_view text) {
        std::string grown;
        grown.reserve(meant_.size() + text.size());
        grown.append(meant_).append(text);
        wipe(meant_);
        meant_.swap(grown);
    }
    void add_sources(std::string_view sources) {
        if (!sources_.empty()) sources_ += "; ";
        sources_ += sources;
    }

    Environment const& environment_;
    std::string shown_;
    std::string meant_;
    std::string sources_;
};

}  // namespace

std::vector<std::string> substitute(Value& scalar, Environment const& environment) {
    std::string_view rest = scalar.text;
    if (!rest.contains("${")) return {};
    Expansion expansion(environment);
    bool only_escapes = true;
    while (!rest.empty()) {
        auto const at = rest.find("${");
        if (at == std::string_view::npos) {
            expansion.literal(rest);
            break;
        }
        bool const escaped = at > 0 && rest[at - 1] == '$';
        expansion.literal(rest.substr(0, escaped ? at - 1 : at));
        rest.remove_prefix(at);
        if (escaped) {
            expansion.literal("${");
            rest.remove_prefix(2);
            continue;
        }
        only_escapes = false;
        auto const reference = read_reference(rest);
        if (!reference) {
            // Not closed: what follows is not ours to show.
            auto const closed = rest.contains('}');
            expansion.problems.push_back("bad substitution " +
                                         backquoted(closed ? rest.substr(0, rest.find('}') + 1) : "${") +
                                         ": write ${NAME}, ${NAME:-default}, or $${ for the characters themselves");
            break;
        }
        expansion.reference(*reference);
        rest.remove_prefix(reference->size);
    }
    auto problems = std::move(expansion.problems);
    std::move(expansion).finish(scalar);
    if (only_escapes) {
        scalar.text = std::string(scalar.replaced.reveal());
        scalar.substituted = false;
    }
    if (!problems.empty()) scalar.kind = Value::Kind::broken;
    return problems;
}

}  // namespace tollgate::settings
