// What a plugin is: a class that implements one or more of the small interfaces below, one per phase of an exchange.
// Hooks are const and run on every worker at once; what they share they guard. A hook that throws is a bug: the
// exchange is answered 500. plugin_type<T>() finds at compile time which interfaces T implements, so a phase that
// nobody wants is an empty loop.
#pragma once

#include "base/error.hpp"
#include "http/fields.hpp"
#include "http/head.hpp"
#include "http/reply.hpp"
#include "plugin/exchange.hpp"
#include "plugin/services.hpp"
#include "plugin/slot.hpp"
#include "settings/node.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tollgate::plugin {

namespace asio = boost::asio;
using http::Reply;
using http::ResponseHead;
using settings::Checked;
using settings::SettingsNode;

// What a request hook decides.
class [[nodiscard]] Verdict {
public:
    static Verdict pass() noexcept { return Verdict(Pass{}); }
    static Verdict answer(Reply reply) { return Verdict(std::move(reply)); }
    static Verdict wait(asio::awaitable<Verdict> rest) { return Verdict(std::move(rest)); }

    [[nodiscard]] bool passes() const noexcept { return std::holds_alternative<Pass>(state_); }
    [[nodiscard]] Reply* reply() noexcept { return std::get_if<Reply>(&state_); }
    // Only when it neither passes nor holds a reply.
    [[nodiscard]] asio::awaitable<Verdict> rest() && { return std::move(std::get<asio::awaitable<Verdict>>(state_)); }

private:
    struct Pass {};
    using State = std::variant<Pass, Reply, asio::awaitable<Verdict>>;
    explicit Verdict(State state) noexcept : state_(std::move(state)) {}
    State state_;
};

using Chunk = std::span<char const>;  // decoded body bytes, valid during the call
// cut: nothing more of the body goes on. While no head of an answer went out it is answered 403, later the answer is
// visibly broken; the log says cut_by_plugin.
enum class Flow { go, cut };

struct RequestHook {
    virtual Verdict on_request(Exchange& exchange) const = 0;
protected:
    ~RequestHook() = default;
};

// A browser's question, before a request to another origin, whether it may be made (Fetch standard, section 3.2.2):
// OPTIONS with Origin and Access-Control-Request-Method, for a method that a route admits. It carries no token, so
// these hooks run before all request hooks; the first one that answers does. Nobody does: the request goes on as any
// other.
struct PreflightHook {
    virtual std::optional<Reply> on_preflight(Exchange& exchange) const = 0;
protected:
    ~PreflightHook() = default;
};

struct RequestBodyHook {
    virtual Flow on_request_body(Exchange& exchange, Chunk chunk) const = 0;
protected:
    ~RequestBodyHook() = default;
};

// Sees each head that is about to go. When a service's answer breaks before its head went, it sees that of the answer
// that we give instead too.
struct ResponseHook {
    virtual void on_response(Exchange& exchange, ResponseHead& head) const = 0;
protected:
    ~ResponseHook() = default;
};

struct ResponseBodyHook {
    virtual Flow on_response_body(Exchange& exchange, Chunk chunk) const = 0;
protected:
    ~ResponseBodyHook() = default;
};

// Must not throw: nobody could be told, and the program would end.
struct FinishHook {
    virtual void on_finish(Exchange const& exchange, Summary const& summary) const noexcept = 0;
protected:
    ~FinishHook() = default;
};

// A plugin that is itself an origin: login, me, a documentation page. `body` is the whole request body, at most
// body_limit() bytes.
struct Endpoint {
    virtual std::size_t body_limit() const = 0;
    virtual asio::awaitable<Reply> serve(Exchange& exchange, std::string body) const = 0;
protected:
    ~Endpoint() = default;
};

struct EndpointRoute {
    std::string method;
    std::string path;  // exact
    Access access = Access::open;
    Endpoint const* endpoint = nullptr;  // owned by the plugin
};

struct Endpoints {
    virtual std::vector<EndpointRoute> endpoints() const = 0;
protected:
    ~Endpoints() = default;
};

// A route that settings name by its path, as it is written, and where they do. One that no route has is an error of the
// configuration: what is set for it would hold nowhere.
struct NamedRoute {
    std::string path;
    settings::Where where;
};

struct RouteNames {
    virtual std::vector<NamedRoute> named_routes() const = 0;
protected:
    ~RouteNames() = default;
};

// Resources: called once, on the thread that starts or reloads, before the generation serves. `check` makes plugins but
// does not open them. The error is one line for the operator.
struct Opening {
    virtual std::expected<void, std::string> open() = 0;
protected:
    ~Opening() = default;
};

// Runs on the background thread until another configuration takes over, which cancels it. What it throws then is not
// logged; what it throws otherwise is.
struct BackgroundJob {
    virtual asio::awaitable<void> run() const = 0;
protected:
    ~BackgroundJob() = default;
};

// How a plugin stands to identities; the order of the YAML is refused when a plugin needs one that comes later.
enum class IdentityRole { indifferent, provides, needs };

// One plugin of one generation, its interfaces found.
struct Instance {
    std::shared_ptr<void> owner;
    PreflightHook const* preflight = nullptr;
    RequestHook const* request = nullptr;
    RequestBodyHook const* request_body = nullptr;
    ResponseHook const* response = nullptr;
    ResponseBodyHook const* response_body = nullptr;
    FinishHook const* finish = nullptr;
    Endpoints const* endpoints = nullptr;
    RouteNames const* route_names = nullptr;
    Opening* opening = nullptr;
    BackgroundJob const* job = nullptr;
};

// All that a plugin gets to make itself; valid during make() only, but for `services`, which outlives every plugin.
struct Setup {
    SettingsNode settings;
    Services& services;
    SlotLayout& slots;
};

// A verb of the command line that a plugin adds: `tollgate user add EMAIL --generate`.
struct VerbArguments {
    std::vector<std::string> positionals;
    std::vector<std::string> flags;  // those that were given, "--generate"
};

struct Verb {
    std::vector<std::string> words;  // {"user", "add"}
    std::string summary;
    std::vector<std::string> positionals;                    // their names; all are required
    std::vector<std::pair<std::string, std::string>> flags;  // name, what it does
    // The exit code (base/exit_code.hpp). `settings` is the plugin's block. Prints to stdout and stderr
    // itself.
    int (*run)(SettingsNode settings, VerbArguments const& arguments);
};

struct PluginType {
    std::string name;  // its key under `plugins:`
    std::string summary;
    IdentityRole identity = IdentityRole::indifferent;
    Checked<Instance> (*make)(Setup& setup) = nullptr;
    std::vector<Verb> verbs;
};

// T has `static Checked<std::unique_ptr<T>> make(Setup&)`, `static constexpr std::string_view name, summary`, and may
// have `static constexpr IdentityRole identity_role` and `static std::vector<Verb> verbs()`.
template <class T>
[[nodiscard]] PluginType plugin_type();

}  // namespace tollgate::plugin

#include "plugin/plugin_type.hpp"
