#include "auth/store/connections.hpp"

#include "auth/store/schema.hpp"
#include "auth/store/sqlite_file.hpp"
#include "base/log.hpp"

#include <fmt/format.h>
#include <soci/soci.h>

#include <stdexcept>
#include <thread>

namespace tollgate::auth {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto most_wait_for_a_connection = 2500ms;
constexpr auto between_attempts = 250ms;
constexpr auto patience = 10s;
constexpr auto most_time_of_an_attempt = 10s;
constexpr auto most_time_of_a_migration = 15min;
constexpr auto between_first_attempts = 500ms;

// One that is not open yet, or was closed, has nothing behind it.
bool is_open(soci::session& sql) { return sql.get_backend() != nullptr; }

}  // namespace

Connections::Connections(StoreLocation location, ConnectionOptions options)
    : location_(std::move(location)),
      options_(options),
      dialect_(dialect_of(location_.engine)),
      pool_(std::make_unique<soci::connection_pool>(options.count)) {}

Connections::~Connections() = default;

std::expected<std::unique_ptr<Connections>, std::string> Connections::open(StoreLocation location,
                                                                           ConnectionOptions options) {
    if (location.engine == Engine::sqlite) {
        if (auto const prepared = prepare_sqlite_file(location.file); !prepared)
            return std::unexpected(prepared.error());
    }
    std::unique_ptr<Connections> connections(new Connections(std::move(location), options));
    if (auto const opened = connections->open_first(); !opened) return std::unexpected(opened.error());
    return connections;
}

std::expected<void, std::string> Connections::open_first() {
    auto const give_up = steady_clock::now() + patience;
    for (bool told = false;; told = true) {
        auto& sql = pool_->at(0);
        std::string problem;
        try {
            connect(sql);
            auto const wait = waits_at_most(most_time_of_a_migration, sql);
            migrate(sql, dialect_);
            return {};
        } catch (std::exception const&) {
            problem = fmt::format("the user store {}: {}", location_.shown, dialect_.problem());
            bool const may_pass = !is_open(sql) && dialect_.passes();
            if (is_open(sql)) sql.close();
            if (options_.patience == Patience::none || !may_pass || steady_clock::now() >= give_up)
                return std::unexpected(problem);
        }
        if (!told) log::warning(problem + "; waiting for it");
        std::this_thread::sleep_for(between_first_attempts);
    }
}

void Connections::connect(soci::session& sql) {
    try {
        dialect_.open(sql, location_, cut_off_);
        auto const wait = waits_at_most(most_silence, sql);
        if (options_.wakeups == Wakeups::on_change) dialect_.listen(sql);
    } catch (std::exception const&) {
        if (is_open(sql)) sql.close();
        throw;
    }
}

// After a failure one thread at a time tries again, now and then, and the others need not wait for it to fail.
Connections::Readiness Connections::make_ready(soci::session& sql) {
    if (is_open(sql) && dialect_.alive(sql)) return Readiness::stood;
    if (is_open(sql)) sql.close();
    {
        std::lock_guard const lock(mutex_);
        if (steady_clock::now() < next_attempt_) throw std::runtime_error(last_problem_);
        if (!last_problem_.empty()) next_attempt_ = steady_clock::now() + most_time_of_an_attempt;
    }
    try {
        connect(sql);
    } catch (std::exception const&) {
        std::lock_guard const lock(mutex_);
        last_problem_ = dialect_.problem();
        next_attempt_ = steady_clock::now() + between_attempts;
        throw;
    }
    std::lock_guard const lock(mutex_);
    last_problem_.clear();
    next_attempt_ = {};
    return Readiness::made_now;
}

std::unique_ptr<CutOff::Wait> Connections::waits_at_most(std::chrono::milliseconds most, soci::session& sql) {
    auto const socket = dialect_.descriptor(sql);
    return socket < 0 ? nullptr : std::make_unique<CutOff::Wait>(cut_off_, most, socket);
}

Connections::Words Connections::words() const noexcept {
    if (options_.wakeups == Wakeups::none) return {"the user store does not answer", "the user store answers again"};
    return {"the user store tells of no changes", "the user store tells of changes again"};
}

std::size_t Connections::free_position() {
    std::size_t position = 0;
    if (!pool_->try_lease(position, static_cast<int>(std::chrono::milliseconds(most_wait_for_a_connection).count())))
        throw std::runtime_error("all its connections are busy");
    return position;
}

Connections::Lease::Lease(Connections& owner)
    : owner_(owner), position_(owner.free_position()), session_(owner.pool_->at(position_)) {
    try {
        readiness_ = owner.make_ready(session_);
        wait_ = owner.waits_at_most(most_silence, session_);
    } catch (std::exception const&) {
        owner.pool_->give_back(position_);
        throw;
    }
}

Connections::Lease::~Lease() {
    wait_.reset();  // before its socket can be closed
    if (!stands()) session_.close();
    owner_.pool_->give_back(position_);
}

int Connections::wakeup() noexcept {
    auto& sql = pool_->at(0);
    if (options_.wakeups == Wakeups::none || !is_open(sql)) return -1;
    return dialect_.descriptor(sql);
}

void Connections::answered() {
    if (failing_.load(std::memory_order_relaxed) && failing_.exchange(false)) log::info(words().ends);
}

std::unexpected<boost::system::error_code> Connections::did_not_answer() {
    if (!failing_.exchange(true)) log::error(fmt::format("the user store does not answer: {}", problem()));
    return failure(errc::store_unavailable);
}

std::string Connections::problem() const {
    try {
        throw;
    } catch (CommitFailed const& failed) {
        try {
            std::rethrow_if_nested(failed);
        } catch (std::exception const&) {
            return dialect_.problem();
        }
        return failed.what();
    } catch (std::exception const&) {
        return dialect_.problem();
    }
}

}  // namespace tollgate::auth
