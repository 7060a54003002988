#include "plugin/chain.hpp"

#include "base/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tollgate::plugin {
namespace {

Verdict broken() { return Verdict::answer(Reply::problem(errc::internal_error)); }

Result<void> broken_body() { return failure(errc::internal_error); }

Result<void> result_of(Flow flow) { return flow == Flow::go ? Result<void>{} : failure(errc::cut_by_plugin); }

// Inside a catch block.
void log_bug(std::string const& plugin, std::string_view phase) {
    log::thrown(fmt::format("the {} hook of plugin {}", phase, plugin));
}

// Runs `call`, the hook of `plugin`; what it throws is logged, and it counts as if it had returned fallback().
template <class Call, class Fallback>
auto guarded(std::string const& plugin, std::string_view phase, Call call, Fallback fallback) -> decltype(call()) {
    try {
        return call();
    } catch (...) {
        log_bug(plugin, phase);
    }
    return fallback();
}

}  // namespace

Chain::Chain(std::vector<NamedInstance> plugins) : plugins_(std::move(plugins)) {
    for (auto const& [name, instance] : plugins_) {
        if (instance.preflight) preflight_.push_back({&name, instance.preflight});
        if (instance.request) request_.push_back({&name, instance.request});
        if (instance.request_body) request_body_.push_back({&name, instance.request_body});
        if (instance.response) response_.push_back({&name, instance.response});
        if (instance.response_body) response_body_.push_back({&name, instance.response_body});
        if (instance.finish) finish_.push_back({&name, instance.finish});
    }
    std::ranges::reverse(response_);
    std::ranges::reverse(response_body_);
    std::ranges::reverse(finish_);
}

Verdict Chain::on_request(Exchange& exchange) const { return continue_from(0, exchange); }

Verdict Chain::continue_from(std::size_t next, Exchange& exchange) const {
    for (; next < request_.size(); ++next) {
        auto const& [name, hook] = request_[next];
        auto verdict = guarded(*name, "request", [&] { return hook->on_request(exchange); }, broken);
        if (verdict.passes()) continue;
        if (verdict.reply()) return verdict;
        return Verdict::wait(after(next, std::move(verdict).rest(), exchange));
    }
    return Verdict::pass();
}

asio::awaitable<Verdict> Chain::after(std::size_t waiting, asio::awaitable<Verdict> rest, Exchange& exchange) const {
    auto verdict = broken();
    try {
        verdict = co_await std::move(rest);
        while (!verdict.passes() && !verdict.reply()) verdict = co_await std::move(verdict).rest();
    } catch (...) {
        log_bug(*request_[waiting].name, "request");
        verdict = broken();
    }
    if (!verdict.passes()) co_return verdict;
    auto further = continue_from(waiting + 1, exchange);
    if (further.passes() || further.reply()) co_return further;
    co_return co_await std::move(further).rest();
}

std::optional<Reply> Chain::on_preflight(Exchange& exchange) const {
    auto const broken_off = [] { return std::optional(Reply::problem(errc::internal_error)); };
    for (auto const& [name, hook] : preflight_) {
        if (auto reply = guarded(*name, "preflight", [&] { return hook->on_preflight(exchange); }, broken_off))
            return reply;
    }
    return {};
}

bool Chain::on_response(Exchange& exchange, ResponseHead& head) const {
    for (auto const& [name, hook] : response_) {
        auto const run = [&] { return hook->on_response(exchange, head), true; };
        if (!guarded(*name, "response", run, [] { return false; })) return false;
    }
    return true;
}

Result<void> Chain::on_request_body(Exchange& exchange, Chunk chunk) const {
    for (auto const& [name, hook] : request_body_) {
        auto const run = [&] { return result_of(hook->on_request_body(exchange, chunk)); };
        if (auto const shown = guarded(*name, "request body", run, broken_body); !shown) return shown;
    }
    return {};
}

Result<void> Chain::on_response_body(Exchange& exchange, Chunk chunk) const {
    for (auto const& [name, hook] : response_body_) {
        auto const run = [&] { return result_of(hook->on_response_body(exchange, chunk)); };
        if (auto const shown = guarded(*name, "response body", run, broken_body); !shown) return shown;
    }
    return {};
}

void Chain::on_finish(Exchange const& exchange, Summary const& summary) const noexcept {
    for (auto const& [name, hook] : finish_) hook->on_finish(exchange, summary);
}

}  // namespace tollgate::plugin
