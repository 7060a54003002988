// A gateway with one plugin more, built outside the tree: this file and CMakeLists.txt are all it takes. The plugin
// answers GET /hello itself, and turns away every request that says goodbye.
#include "builtin.hpp"
#include "plugin/plugin.hpp"
#include "server/cli.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace tollgate;
using plugin::Exchange;
using plugin::Reply;
using plugin::Verdict;

class Hello final : public plugin::RequestHook, public plugin::Endpoints, public plugin::Endpoint {
public:
    static constexpr std::string_view name = "hello";
    static constexpr std::string_view summary = "greets, and turns away whoever says goodbye";

    static plugin::Checked<std::unique_ptr<Hello>> make(plugin::Setup& setup) {
        return std::make_unique<Hello>(setup.settings["greeting"].text("hello"));
    }
    explicit Hello(std::string greeting) : greeting_(std::move(greeting)) {}

    Verdict on_request(Exchange& exchange) const override {
        if (!exchange.request().fields.find("X-Goodbye")) return Verdict::pass();
        return Verdict::answer(Reply::problem(errc::forbidden, "Goodbye"));
    }

    std::vector<plugin::EndpointRoute> endpoints() const override { return {{"GET", "/hello", Access::open, this}}; }
    std::size_t body_limit() const override { return 0; }
    boost::asio::awaitable<Reply> serve(Exchange&, std::string) const override {
        co_return Reply::json("{\"greeting\": " + http::json_quoted(greeting_) + "}");
    }

private:
    std::string greeting_;
};

int main(int argc, char** argv) {
    auto plugins = builtin_plugins();
    plugins.push_back(plugin::plugin_type<Hello>());
    return run(argc, argv, std::move(plugins));
}
