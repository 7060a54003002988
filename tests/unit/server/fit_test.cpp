#include "server/fit.hpp"

#include <doctest/doctest.h>

namespace tollgate::fit_test {
using tollgate::route::Pattern;
using tollgate::server::Fit;
using tollgate::server::fit_of;

TEST_CASE("a route that does not admit a request says by how little it misses") {
    struct Row {
        Pattern pattern;
        char const* request;  // method, host, path
        Fit fit;
        std::string_view host, method, path;
    };
    Pattern const generate{.host = {}, .path = "/generate", .methods = {"POST"}};
    Pattern const below{.host = {}, .path = "/files/*", .methods = {}};
    Pattern const of_host{.host = "api.example.com", .path = "/x", .methods = {}};
    for (auto const& [pattern, request, fit, host, method, path] : {
             Row{generate, "as written", Fit::admits, "", "POST", "/generate"},
             Row{generate, "another method", Fit::other_method, "", "GET", "/generate"},
             Row{generate, "a slash at the end", Fit::other_slash, "", "POST", "/generate/"},
             Row{generate, "capitals", Fit::other_case, "", "POST", "/Generate"},
             Row{generate, "another path", Fit::none, "", "POST", "/generated"},
             Row{below, "below", Fit::admits, "", "GET", "/files/a/b"},
             Row{below, "the folder without its slash", Fit::other_slash, "", "GET", "/files"},
             Row{of_host, "its host", Fit::admits, "api.example.com", "GET", "/x"},
             Row{of_host, "another host", Fit::other_host, "example.com", "GET", "/x"},
             Row{of_host, "no host", Fit::other_host, "", "GET", "/x"},
             Row{of_host, "another host and path", Fit::none, "example.com", "GET", "/y"},
         }) {
        CAPTURE(request);
        CHECK(fit_of(pattern, host, method, path) == fit);
    }
}

}  // namespace tollgate::fit_test
