#include "settings/document.hpp"

#include "settings/substitution.hpp"
#include "settings/value.hpp"
#include "settings/words.hpp"
#include "settings/yaml.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

namespace tollgate::settings {
namespace {

auto order(SettingsError const& error) {
    return std::tie(error.where.file, error.where.line, error.where.column, error.what);
}

}  // namespace

Checked<std::shared_ptr<Document>> Document::parse(std::string_view text, std::string const& name,
                                                   Environment const& environment) {
    auto tree = parse_yaml(text, name);
    if (!tree) {
        auto errors = std::move(tree).error();
        std::ranges::copy(environment.errors(), std::back_inserter(errors));
        return std::unexpected(std::move(errors));
    }
    std::shared_ptr<Document> document(new Document(name, std::move(tree->root), std::move(tree->errors)));
    for (auto const& error : environment.errors()) document->fail(error.where, error.what);
    document->substitute_all(*document->root_, environment);
    return document;
}

Checked<std::shared_ptr<Document>> Document::parse(std::string_view text) {
    return parse(text, "test.yaml", Environment([](std::string const&) { return std::nullopt; }, {}));
}

Document::Document(std::string name, Value root, SettingsErrors errors)
    : name_(std::move(name)), root_(std::make_unique<Value>(std::move(root))), errors_(std::move(errors)) {}

Document::~Document() = default;

void Document::substitute_all(Value& value, Environment const& environment) {
    if (value.kind == Value::Kind::scalar) {
        for (auto& problem : substitute(value, environment))
            fail(where(value.mark.line, value.mark.column), std::move(problem));
    }
    for (auto& child : value.children) substitute_all(child, environment);
}

SettingsNode Document::root() { return {*this, root_.get(), root_.get(), {}, {}}; }

SettingsNode Document::at(std::string_view path) {
    auto node = root();
    while (!path.empty()) {
        auto const end = std::min(path.find('.'), path.size());
        node = node[path.substr(0, end)];
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return node;
}

void Document::refuse_unread(std::string_view except) { refuse_unread_below(*root_, except); }

void Document::refuse_unread_below(Value const& value, std::string_view except) {
    // What was refused as a whole, or never opened, has its error already.
    if ((value.failed || value.mistyped) && value.asked.empty()) return;
    for (auto const& child : value.children) {
        if (value.kind == Value::Kind::map && !child.read) {
            auto what = "unknown key " + backquoted(child.key);
            if (auto const meant = closest(child.key, value.asked))
                what += ": did you mean " + backquoted(*meant) + "?";
            fail(where(child.key_mark.line, child.key_mark.column), std::move(what));
        } else if (except.empty() || child.key != except) {
            refuse_unread_below(child, {});
        }
    }
}

void Document::fail(Where where, std::string what) { errors_.push_back({std::move(where), std::move(what)}); }

void Document::amend(Where const& where, std::string_view more) {
    for (auto& error : errors_) {
        if (error.where.line == where.line && error.where.column == where.column) error.what.append(more);
    }
}

SettingsErrors Document::errors() const {
    auto sorted = errors_;
    std::ranges::sort(sorted, {}, order);
    auto const [first, last] = std::ranges::unique(sorted, {}, order);
    sorted.erase(first, last);
    if (sorted.size() > most_errors) {
        auto const more = sorted.size() - most_errors;
        sorted.erase(sorted.begin() + most_errors, sorted.end());
        sorted.push_back({{name_, 0, 0}, "and " + std::to_string(more) + " more errors"});
    }
    return sorted;
}

}  // namespace tollgate::settings
