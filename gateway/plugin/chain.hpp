// The plugins of one generation in the order of the YAML, one list per phase. Request hooks run in that order, response
// and finish hooks in reverse. A hook that throws is a bug of the plugin: it is logged with plugin and phase, and the
// exchange fails closed. Immutable.
#pragma once

#include "plugin/plugin.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tollgate::plugin {

struct NamedInstance {
    std::string name;
    Instance instance;
};

class Chain {
public:
    explicit Chain(std::vector<NamedInstance> plugins);

    // What the first preflight hook that answers says; 500 when one threw.
    [[nodiscard]] std::optional<Reply> on_preflight(Exchange& exchange) const;

    // Runs the request hooks until one answers. What the caller gets passes, holds a reply, or must be awaited, and
    // then is one of the first two.
    [[nodiscard]] Verdict on_request(Exchange& exchange) const;

    // False when a hook threw: the head must not be sent.
    [[nodiscard]] bool on_response(Exchange& exchange, ResponseHead& head) const;

    // Shows a piece of a body to the hooks. Errors: errc::cut_by_plugin; internal_error when a hook threw.
    [[nodiscard]] Result<void> on_request_body(Exchange& exchange, Chunk chunk) const;
    [[nodiscard]] Result<void> on_response_body(Exchange& exchange, Chunk chunk) const;

    // Whether a hook wants to see the pieces of such bodies.
    [[nodiscard]] bool observes_requests() const noexcept { return !request_body_.empty(); }
    [[nodiscard]] bool observes_responses() const noexcept { return !response_body_.empty(); }

    void on_finish(Exchange const& exchange, Summary const& summary) const noexcept;

    [[nodiscard]] std::vector<NamedInstance> const& plugins() const noexcept { return plugins_; }

private:
    template <class Hook>
    struct Entry {
        std::string const* name;  // in plugins_
        Hook const* hook;
    };

    [[nodiscard]] Verdict continue_from(std::size_t next, Exchange& exchange) const;
    [[nodiscard]] asio::awaitable<Verdict> after(std::size_t waiting, asio::awaitable<Verdict> rest,
                                                 Exchange& exchange) const;

    std::vector<NamedInstance> plugins_;
    std::vector<Entry<PreflightHook>> preflight_;
    std::vector<Entry<RequestHook>> request_;
    std::vector<Entry<RequestBodyHook>> request_body_;
    std::vector<Entry<ResponseHook>> response_;
    std::vector<Entry<ResponseBodyHook>> response_body_;
    std::vector<Entry<FinishHook>> finish_;
};

}  // namespace tollgate::plugin
