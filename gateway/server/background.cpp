#include "server/background.hpp"

#include "base/log.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <string>
#include <utility>

namespace tollgate::server {
namespace {

namespace asio = boost::asio;

// A frame that owns the generation for as long as its plugin's job runs.
asio::awaitable<void> run_job(std::shared_ptr<proxy::Generation const>, plugin::BackgroundJob const* job) {
    co_await job->run();
}

}  // namespace

Background::Background() : running_(context_.get_executor()), thread_([this] { context_.run(); }) {}

Background::~Background() {
    asio::post(context_, [this] {
        cancel_jobs();
        running_.reset();
        context_.stop();
    });
    thread_.join();
}

void Background::run_jobs_of(std::shared_ptr<proxy::Generation const> generation) {
    asio::post(context_, [this, generation = std::move(generation)] {
        cancel_jobs();
        for (auto const& [name, instance] : generation->chain().plugins()) {
            if (!instance.job) continue;
            auto const job = jobs_.emplace_back(std::make_shared<Job>());
            auto ended = [job, plugin = name](std::exception_ptr const& thrown) {
                if (thrown && !job->is_cancelled) log::thrown("the background job of plugin " + plugin, thrown);
            };
            asio::co_spawn(context_, run_job(generation, instance.job),
                           asio::bind_cancellation_slot(job->cancellation.slot(), std::move(ended)));
        }
    });
}

void Background::cancel_jobs() {
    for (auto const& job : jobs_) {
        job->is_cancelled = true;
        job->cancellation.emit(asio::cancellation_type::terminal);
    }
    jobs_.clear();
}

}  // namespace tollgate::server
