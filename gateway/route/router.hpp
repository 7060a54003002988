// From host, method and path to a route. Pure: built once from a list of patterns, then only asked. A pattern is exact
// (`/generate`), has segments that match any one segment (`/v1/models/{id}`), or ends in `/*` and matches the rest
// (`/x/*`: `/x/` and below, not `/x`; `/*`: everything). The most specific match wins whatever the order: a host before
// any host, then segment by segment literal before `{}` before `*`. Finding costs the length of the path, not the
// number of routes.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::route {

struct Pattern {
    std::string host;  // empty: any. Compared without case and port
    std::string path;
    std::vector<std::string> methods;  // empty: all but CONNECT and TRACE
};

// Two patterns that match the same requests equally well.
struct Conflict {
    std::size_t first;  // indices into the patterns given
    std::size_t second;
};

// other_spelling: a server may take the path for one that another pattern admits.
enum class Miss { no_route, method_not_allowed, other_spelling };

struct NotFound {
    Miss miss;
    std::string allow;  // for method_not_allowed: the value of Allow, "GET, HEAD, POST"
};

class Router {
public:
    // Every pattern's path must satisfy pattern_error() of base/path_pattern. Errors: the pairs of patterns in
    // conflict, by their second one; at most 1,000.
    [[nodiscard]] static std::expected<Router, std::vector<Conflict>> create(std::span<Pattern const> patterns);

    Router(Router&&) noexcept;
    Router& operator=(Router&&) noexcept;
    ~Router();

    // The index of the pattern that admits the request. `path` is normalised and has no query; `host` may hold a port.
    // GET implies HEAD. When only the method is wrong for every pattern that matches host and path: method_not_allowed.
    // When another pattern, decoded, admits the path decoded, or cut short as some servers do it (route/spelling):
    // other_spelling. Which of the two holds would be for the server to say, and behind an open route nobody asks for a
    // token. Not when the pattern that admits the path is an exact one and has another spelling itself: it means what
    // it says.
    [[nodiscard]] std::expected<std::size_t, NotFound> find(std::string_view host, std::string_view method,
                                                            std::string_view path) const;

private:
    [[nodiscard]] std::expected<std::size_t, NotFound> find_as_written(std::string_view host, std::string_view method,
                                                                       std::string_view path) const;

    // Whether the decoded patterns admit the decoded path by another one `than` that.
    [[nodiscard]] bool admits_another(std::string_view host, std::string_view method, std::string_view plain,
                                      std::size_t than) const;

    struct Tree;
    explicit Router(std::unique_ptr<Tree> tree);
    std::unique_ptr<Tree> tree_;
};

}  // namespace tollgate::route
