#include "route/router.hpp"

#include "base/characters.hpp"
#include "route/spelling.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace tollgate::route {
namespace {

constexpr std::size_t most_conflicts = 1000;

bool less_ignoring_case(std::string_view a, std::string_view b) noexcept {
    return std::ranges::lexicographical_compare(a, b, {}, lower, lower);
}

// The name in a Host value: what comes before the port, brackets included, without the dot that may end a name (RFC
// 3986, section 3.2.2).
std::string_view name_of(std::string_view host) noexcept {
    auto const bracket = host.starts_with('[') ? host.find(']') : std::string_view::npos;
    if (bracket != std::string_view::npos) return host.substr(0, bracket + 1);
    auto name = host.substr(0, host.find(':'));
    if (name.ends_with('.')) name.remove_suffix(1);
    return name;
}

bool is_placeholder(std::string_view segment) noexcept { return segment.starts_with('{'); }

// One pattern at the node where it ends.
struct End {
    std::size_t index;
    std::vector<std::string> methods;  // empty: all but CONNECT and TRACE

    [[nodiscard]] bool admits(std::string_view method) const noexcept {
        if (methods.empty()) return !equal_ignoring_case(method, "CONNECT") && !equal_ignoring_case(method, "TRACE");
        auto const names = [this](std::string_view name) { return std::ranges::find(methods, name) != methods.end(); };
        return names(method) || (method == "HEAD" && names("GET"));
    }

    // Whether some method is admitted by both.
    [[nodiscard]] bool overlaps(End const& other) const noexcept {
        if (methods.empty()) return other.methods.empty() || other.overlaps(*this);
        return std::ranges::any_of(methods, [&](std::string const& method) {
            return other.admits(method) || (method == "GET" && other.admits("HEAD"));
        });
    }
};

// A place in the paths of one host: what may follow, most specific first. Every node is reached by one sequence of
// segments, so a search looks at each at most once, however it backtracks.
struct Node {
    std::vector<std::pair<std::string, std::unique_ptr<Node>>> literals;  // sorted
    std::unique_ptr<Node> any;                                            // `{}`: one segment that is not empty
    std::vector<End> rest;                                                // `*`: whatever follows the slash
    std::vector<End> ends;                                                // nothing

    [[nodiscard]] Node* literal(std::string_view segment) const noexcept {
        auto const at = std::ranges::lower_bound(literals, segment, {}, key);
        return at != literals.end() && at->first == segment ? at->second.get() : nullptr;
    }

    Node& make_literal(std::string_view segment) {
        auto const at = std::ranges::lower_bound(literals, segment, {}, key);
        if (at != literals.end() && at->first == segment) return *at->second;
        return *literals.emplace(at, std::string(segment), std::make_unique<Node>())->second;
    }

    static std::string_view key(std::pair<std::string, std::unique_ptr<Node>> const& entry) noexcept {
        return entry.first;
    }
};

// Calls `visit` with the ends that match `path`, which begins with a slash or is used up, most specific first, until it
// returns true.
template <class Visit>
bool search(Node const& node, std::string_view path, Visit& visit) {
    if (path.empty()) return visit(node.ends);
    auto const size = std::min(path.find('/', 1), path.size());
    auto const segment = path.substr(1, size - 1);
    auto const below = path.substr(size);
    if (auto const* const next = node.literal(segment); next && search(*next, below, visit)) return true;
    if (node.any && !segment.empty() && search(*node.any, below, visit)) return true;
    return !node.rest.empty() && visit(node.rest);
}

enum class Spelling { as_written, decoded };

// Where the pattern ends, made when it is not there.
std::vector<End>& ends_of(Node& root, std::string_view path, Spelling spelling) {
    auto* node = &root;
    while (!path.empty()) {
        auto const size = std::min(path.find('/', 1), path.size());
        auto const segment = path.substr(1, size - 1);
        path.remove_prefix(size);
        if (segment == "*" && path.empty()) return node->rest;
        if (is_placeholder(segment)) {
            if (!node->any) node->any = std::make_unique<Node>();
            node = node->any.get();
        } else {
            node = &node->make_literal(spelling == Spelling::decoded ? decoded(segment) : segment);
        }
    }
    return node->ends;
}

// The value of Allow (RFC 9110, section 10.2.1).
std::string allow_text(std::set<std::string_view> const& methods) {
    std::string text;
    for (auto const method : methods) {
        if (!text.empty()) text += ", ";
        text += method;
    }
    return text;
}

void add_methods(std::vector<End> const& ends, std::set<std::string_view>& into) {
    constexpr std::array<std::string_view, 7> usual{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"};
    for (auto const& end : ends) {
        if (end.methods.empty()) into.insert(usual.begin(), usual.end());
        into.insert(end.methods.begin(), end.methods.end());
        if (into.contains("GET")) into.insert("HEAD");
    }
}

// Whether an exact pattern is meant in its spelling alone.
bool is_spelled_out(std::string_view pattern) {
    bool const is_exact = !pattern.contains('{') && !pattern.ends_with("/*");
    return is_exact && cut_short(decoded(pattern)) != pattern;
}

// Patterns by host, then by path.
class PatternTree {
public:
    // Where the pattern ends, made when it is not there.
    std::vector<End>& ends_of(Pattern const& pattern, Spelling spelling) {
        return route::ends_of(make_host(name_of(pattern.host)), pattern.path, spelling);
    }

    // As search(): first those of the host, then those of any.
    template <class Visit>
    bool search(std::string_view host, std::string_view path, Visit& visit) const {
        auto const* const own = find_host(name_of(host));
        return (own && route::search(*own, path, visit)) || route::search(any_host_, path, visit);
    }

private:
    using Host = std::pair<std::string, Node>;

    [[nodiscard]] Node const* find_host(std::string_view name) const noexcept {
        auto const at = std::ranges::lower_bound(hosts_, name, less_ignoring_case, &Host::first);
        return at != hosts_.end() && !less_ignoring_case(name, at->first) ? &at->second : nullptr;
    }

    Node& make_host(std::string_view name) {
        if (name.empty()) return any_host_;
        auto at = std::ranges::lower_bound(hosts_, name, less_ignoring_case, &Host::first);
        if (at == hosts_.end() || less_ignoring_case(name, at->first))
            at = hosts_.emplace(at, std::string(name), Node{});
        return at->second;
    }

    std::vector<Host> hosts_;  // sorted without case
    Node any_host_;
};

}  // namespace

struct Router::Tree {
    PatternTree as_written;
    PatternTree decoded;
    std::vector<bool> spelled_out;  // by pattern: whether it is meant in this spelling alone
    bool has_escapes = false;       // in a pattern: then a path without any may be one of another spelling too
};

Router::Router(std::unique_ptr<Tree> tree) : tree_(std::move(tree)) {}
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

std::expected<Router, std::vector<Conflict>> Router::create(std::span<Pattern const> patterns) {
    auto tree = std::make_unique<Tree>();
    std::vector<Conflict> conflicts;
    for (std::size_t i = 0; i < patterns.size(); ++i) {
        auto& ends = tree->as_written.ends_of(patterns[i], Spelling::as_written);
        End const end{i, patterns[i].methods};
        for (auto const& other : ends) {
            if (conflicts.size() < most_conflicts && other.overlaps(end)) conflicts.push_back({other.index, i});
        }
        ends.push_back(end);
        tree->decoded.ends_of(patterns[i], Spelling::decoded).push_back(end);
        tree->spelled_out.push_back(is_spelled_out(patterns[i].path));
        tree->has_escapes = tree->has_escapes || patterns[i].path.contains('%');
    }
    if (!conflicts.empty()) return std::unexpected(std::move(conflicts));
    return Router(std::move(tree));
}

std::expected<std::size_t, NotFound> Router::find(std::string_view host, std::string_view method,
                                                  std::string_view path) const {
    auto const found = find_as_written(host, method, path);
    if (!found || tree_->spelled_out[*found]) return found;
    auto const another = [&](std::string_view plain) { return admits_another(host, method, plain, *found); };
    bool ambiguous = false;
    if (has_other_spellings(path)) {
        auto const plain = decoded(path);
        ambiguous = another(plain) || another(cut_short(plain));
    } else if (tree_->has_escapes) {
        ambiguous = another(path);  // which is decoded as it is
    }
    if (ambiguous) return std::unexpected(NotFound{Miss::other_spelling, {}});
    return found;
}

bool Router::admits_another(std::string_view host, std::string_view method, std::string_view plain,
                            std::size_t than) const {
    bool another = false;
    // Of several patterns that mean the same path, the operator has written what holds for which spelling.
    auto admitting = [&](std::vector<End> const& ends) {
        auto const admits = [method](End const& end) { return end.admits(method); };
        if (std::ranges::none_of(ends, admits)) return false;
        another = std::ranges::none_of(ends, [than](End const& end) { return end.index == than; });
        return true;
    };
    tree_->decoded.search(host, plain, admitting);
    return another;
}

std::expected<std::size_t, NotFound> Router::find_as_written(std::string_view host, std::string_view method,
                                                             std::string_view path) const {
    if (!path.starts_with('/')) return std::unexpected(NotFound{Miss::no_route, {}});
    std::size_t found = 0;
    auto admitting = [&](std::vector<End> const& ends) {
        auto const at = std::ranges::find_if(ends, [method](End const& end) { return end.admits(method); });
        if (at == ends.end()) return false;
        found = at->index;
        return true;
    };
    if (tree_->as_written.search(host, path, admitting)) return found;

    std::set<std::string_view> methods;
    auto all = [&](std::vector<End> const& ends) {
        add_methods(ends, methods);
        return false;
    };
    tree_->as_written.search(host, path, all);
    if (methods.empty()) return std::unexpected(NotFound{Miss::no_route, {}});
    return std::unexpected(NotFound{Miss::method_not_allowed, allow_text(methods)});
}

}  // namespace tollgate::route
