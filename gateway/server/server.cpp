#include "server/server.hpp"

#include "base/cpu_quota.hpp"
#include "base/log.hpp"
#include "server/admin.hpp"
#include "server/announcement.hpp"
#include "server/background.hpp"
#include "server/entrances.hpp"
#include "server/file_watch.hpp"
#include "server/process.hpp"
#include "server/renewal.hpp"
#include "server/server_services.hpp"
#include "server/tls_files.hpp"
#include "server/upstream_metrics.hpp"
#include "upstream/prober.hpp"
#include "upstream/queue.hpp"

#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <optional>
#include <utility>

namespace tollgate::server {
namespace {

using proxy::Generation;
using proxy::WorkerState;
using settings::Checked;
using settings::Listen;
using settings::SettingsErrors;

constexpr std::chrono::milliseconds look_again{20};    // how often a drain looks whether all have gone
constexpr std::chrono::seconds time_for_a_renewal{2};  // for which a reload waits
constexpr std::chrono::seconds time_to_be_cut{5};  // what remains after a drain ends by itself; this is the last resort
constexpr unsigned never = std::numeric_limits<unsigned>::max();
constexpr std::chrono::milliseconds time_to_be_cut_at_once{300};  // after a second stop, which waits for no plugin

// Of the machine, not of the file.
SettingsErrors machine_error(std::string what) { return {{{}, std::move(what)}}; }

// What a configuration came to, complete, before anything of it is in use.
struct Built {
    std::shared_ptr<Generation> generation;
    TlsFiles tls;
};

unsigned worker_count(settings::Settings const& settings) {
    return settings.workers == 0 ? usable_processors() : static_cast<unsigned>(settings.workers);
}

// By the key of `limits` that was reached.
MetricRegistry::Readings refusals(net::ConnectionLimit const& connections) {
    return {{{{"limit", "connections"}}, static_cast<double>(connections.refused_in_total())},
            {{{"limit", "connections_per_client"}}, static_cast<double>(connections.refused_per_address())}};
}

// What a reload cannot change, and the file changed.
std::vector<std::string> needs_restart(settings::Settings const& now, settings::Settings const& next) {
    std::vector<std::string> lines;
    if (next.workers != now.workers) lines.push_back("reload: `workers` is another, but changes only at a restart");
    if (next.metrics != now.metrics) lines.push_back("reload: `metrics` is another, but changes only at a restart");
    return lines;
}

void warn_of_dangers(Generation const& generation) {
    for (auto const& line : danger_lines(generation)) log::warning(line);
    if (auto const lack = lack_of_descriptors(generation.settings().limits.connections)) log::warning(*lack);
}

}  // namespace

// In the order in which they are built; what is below may use what is above.
class Server::Parts {
public:
    Parts(ServerOptions chosen, unsigned workers_wanted)
        : options(std::move(chosen)),
          services(clock, workers_wanted),
          log(options.access_log_descriptor, workers_wanted) {
        for (unsigned i = 0; i < workers_wanted; ++i) {
            workers.push_back(std::make_unique<net::Worker>(i));
            states.push_back(std::make_unique<WorkerState>(
                *workers.back(), proxy::Surroundings{*resolver, log, services, proxy_faults}));
        }
        services.attach(
            [this](auto job) { post_to_workers(std::move(job)); },
            [this](auto doomed) { post_to_workers([this, doomed](unsigned i) { states[i]->end_exchanges(doomed); }); });
        register_upstreams(services);
        services.registry().gauge("connections", "Client connections that are open.",
                                  [this] { return static_cast<double>(connections.count()); });
        services.registry().counts("connections_refused", "Client connections over a limit, which are closed at once.",
                                   [this] { return refusals(connections); });
        services.registry().counted("log_dropped", "Access lines dropped because nobody took them.",
                                    [this] { return static_cast<double>(log.dropped()); });
    }

    // Who posts to the workers ends before the workers go.
    ~Parts() {
        file_watch.reset();
        services.detach();
        prober.stop();
        for (auto& worker : workers) worker->stop();
        admin.reset();
        services.stop_pools();
        resolver.reset();
    }

    [[nodiscard]] Checked<Built> build(settings::Loaded loaded);
    void adopt(Built const& next);
    bool renew_certificates();
    void post_to_workers(std::function<void(unsigned)> job);
    bool was_stopped(unsigned times);
    void drain();
    void wait_for_stop();
    void wait_for_stops(unsigned count, std::chrono::milliseconds at_most);
    void wait_for_silence(unsigned stops_that_end_it, std::chrono::milliseconds at_most);

    ServerOptions options;
    SystemClock clock;
    ServerServices services;
    std::optional<net::Resolver> resolver{std::in_place};
    upstream::Prober prober{*resolver, services.worker_count() + 1};
    net::ConnectionLimit connections;
    proxy::LogWriter log;
    Reminder proxy_faults;
    std::shared_ptr<Generation> generation;  // the one that new exchanges begin with; replaced under reload_lock
    std::vector<std::unique_ptr<net::Worker>> workers;
    std::vector<std::unique_ptr<WorkerState>> states;
    Entrances entrances{workers, states, connections};
    std::vector<std::uint16_t> ports;  // of the first generation
    std::unique_ptr<Admin> admin;
    Background background;
    std::timed_mutex reload_lock;  // one start, reload or renewal at a time
    std::mutex change_lock;        // guards `draining`, and what is in use while it changes
    bool draining = false;         // then nothing changes any more
    std::shared_ptr<net::TicketKeys> tickets = std::make_shared<net::TicketKeys>(clock.steady_now());
    Renewal renewal;  // under reload_lock
    std::optional<FileWatch> file_watch{std::in_place, [this] { return renew_certificates(); }};

    std::atomic<unsigned> taking = 0;  // in a drain: workers that may still take connections

    std::mutex stop_lock;  // guards stops
    std::condition_variable stop_changed;
    unsigned stops = 0;
};

Checked<Built> Server::Parts::build(settings::Loaded loaded) {
    auto tls = read_tls_files(loaded, tickets);
    auto made = Generation::create(std::move(loaded), options.plugins, services);
    if (!made) return std::unexpected(std::move(made).error());
    use_upstream_tls((*made)->clusters(), tls.upstreams);
    if (auto const opened = (*made)->open(); !opened) return std::unexpected(machine_error(opened.error()));
    return Built{std::move(*made), std::move(tls)};
}

void Server::Parts::adopt(Built const& next) {
    generation = next.generation;
    auto const& limits = generation->settings().limits;
    connections.set(limits.connections, limits.connections_per_client);
    post_to_workers([this, adopted = generation](unsigned i) { states[i]->adopt(adopted); });
    for (auto const& cluster : generation->clusters()) cluster->queue().follow(cluster, clock.steady_now());
    prober.watch(generation->clusters());
    background.run_jobs_of(generation);
    renewal.begin(generation->settings(), next.tls.seen);
    file_watch->watch(next.tls.seen);
}

// Gives each listener and each upstream whose files have changed what they hold now; where they cannot be used the old
// ones stay until they can. False: to be tried again.
bool Server::Parts::renew_certificates() {
    std::unique_lock const lock(reload_lock, std::try_to_lock);
    if (!lock) return false;
    auto const look = renewal.look(generation->settings(), tickets);
    std::scoped_lock const changing(change_lock);
    if (draining) return true;
    for (auto const& problem : look.problems)
        log::warning(fmt::format("certificates: not changed, to be tried again: {}", problem));
    for (auto const& owner : look.owners)
        log::info(fmt::format("certificates: those of {} read again, as a file has changed", owner));
    std::vector<Listen> renewed;
    for (auto const& listen : generation->settings().listen) {
        if (look.listeners.contains(listen.address)) renewed.push_back(listen);
    }
    entrances.open(renewed, look.listeners);
    use_upstream_tls(generation->clusters(), look.upstreams);
    return look.complete;
}

void Server::Parts::post_to_workers(std::function<void(unsigned)> job) {
    for (unsigned i = 0; i < workers.size(); ++i) workers[i]->post([job, i] { job(i); });
}

bool Server::Parts::was_stopped(unsigned times) {
    std::scoped_lock const lock(stop_lock);
    return stops >= times;
}

void Server::Parts::wait_for_stop() {
    std::unique_lock lock(stop_lock);
    stop_changed.wait(lock, [this] { return stops > 0; });
}

// Waits until stop() was called `count` times in all.
void Server::Parts::wait_for_stops(unsigned count, std::chrono::milliseconds at_most) {
    std::unique_lock lock(stop_lock);
    stop_changed.wait_for(lock, at_most, [&] { return stops >= count; });
}

// Waits until no connection is left, and nobody takes any.
void Server::Parts::wait_for_silence(unsigned stops_that_end_it, std::chrono::milliseconds at_most) {
    auto const until = clock.steady_now() + at_most;
    while ((taking > 0 || connections.count() > 0) && clock.steady_now() < until) {
        std::unique_lock lock(stop_lock);
        if (stop_changed.wait_for(lock, look_again, [&] { return stops >= stops_that_end_it; })) return;
    }
}

void Server::Parts::drain() {
    {
        std::scoped_lock const changing(change_lock);
        draining = true;
    }
    auto const& drain = generation->settings().drain;
    if (admin) admin->set_draining();
    log::info(fmt::format("draining: {} connections, at most {} ms", connections.count(), drain.timeout.count()));
    wait_for_stops(2, drain.delay);
    taking = static_cast<unsigned>(workers.size());
    post_to_workers([this](unsigned i) {
        entrances.close(i);
        states[i]->drain();
        --taking;
    });
    wait_for_silence(2, drain.timeout);
    post_to_workers([this](unsigned i) { states[i]->cut_all(errc::draining); });
    if (!was_stopped(2)) wait_for_silence(2, time_to_be_cut);
    if (was_stopped(2)) wait_for_silence(never, time_to_be_cut_at_once);
    post_to_workers([this](unsigned i) { states[i]->close_pools(); });
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() = default;

Checked<std::unique_ptr<Server>> Server::create(ServerOptions options) {
    auto loaded = settings::load_with_errors(options.configuration);
    if (!loaded) return std::unexpected(std::move(loaded).error());
    auto parts = std::make_unique<Parts>(std::move(options), worker_count(loaded->settings));
    std::unique_lock const no_renewal(parts->reload_lock);
    auto const built = parts->build(std::move(*loaded));
    if (!built) return std::unexpected(built.error());
    auto const& settings = built->generation->settings();
    parts->adopt(*built);  // before the first connection can come
    if (auto const bound = parts->entrances.listen_on(settings, built->tls.listeners); !bound)
        return std::unexpected(machine_error(bound.error()));
    for (auto const& listen : settings.listen) parts->ports.push_back(parts->entrances.port(listen.address));
    if (settings.metrics) {
        auto admin = Admin::create(settings.metrics->address, settings.metrics->port, parts->services);
        if (!admin)
            return std::unexpected(
                machine_error(fmt::format("cannot listen on {}: {}", settings.metrics->text(), admin.error())));
        parts->admin = std::move(*admin);
        parts->ports.push_back(parts->admin->port());
    }
    return std::unique_ptr<Server>(new Server(std::move(parts)));
}

void Server::announce() const {
    auto const& generation = *parts_->generation;
    auto const& settings = generation.settings();
    for (auto const& line : listening_lines(settings.listen, settings.metrics, parts_->ports)) log::info(line);
    warn_of_dangers(generation);
}

Server::Ended Server::run() {
    for (auto& worker : parts_->workers) worker->start();
    parts_->wait_for_stop();
    parts_->drain();
    using enum net::Worker::Ending;
    bool const cut = parts_->was_stopped(2);
    net::Worker::stop_all(parts_->workers, cut ? at_once : when_dry);
    parts_->log.stop();
    return cut ? Ended::cut : Ended::drained;
}

void Server::stop() {
    {
        std::scoped_lock const lock(parts_->stop_lock);
        ++parts_->stops;
    }
    parts_->stop_changed.notify_all();
}

bool Server::reload() {
    auto const refuse = [](std::string_view why) {
        log::warning(fmt::format("reload: {}", why));
        return false;
    };
    constexpr std::string_view stopping = "not any more: the gateway is shutting down";
    std::unique_lock lock(parts_->reload_lock, std::defer_lock);
    if (!parts_->was_stopped(1) && !lock.try_lock_for(time_for_a_renewal))
        return refuse("not now: the gateway reads its certificates anew, or reloads already; ask again");
    if (parts_->was_stopped(1)) return refuse(stopping);
    auto report = [](SettingsErrors const& errors) {
        for (auto const& error : errors) log::error(fmt::format("reload: {}", error.line()));
        log::error("reload: nothing was changed");
        return false;
    };
    auto loaded = settings::load_with_errors(parts_->options.configuration);
    if (!loaded) return report(loaded.error());
    auto const next = parts_->build(std::move(*loaded));
    if (!next) return report(next.error());
    std::scoped_lock const changing(parts_->change_lock);
    if (parts_->draining) return refuse(stopping);
    auto const& settings = next->generation->settings();
    if (auto const bound = parts_->entrances.listen_on(settings, next->tls.listeners); !bound)
        return report(machine_error(bound.error()));
    for (auto const& line : needs_restart(parts_->generation->settings(), settings)) log::warning(line);
    warn_of_dangers(*next->generation);
    parts_->adopt(*next);
    log::info("reload: done");
    return true;
}

std::vector<std::uint16_t> Server::ports() const { return parts_->ports; }

}  // namespace tollgate::server
