// The connections of one store, a bounded number of them, each used by one thread at a time. They are made when they
// are needed, made again after they broke, and given no work that could last for ever: while the database is away, one
// attempt is made every now and then, and everybody else is told so at once. Thread-safe; calls block.
#pragma once

#include "auth/store/cut_off.hpp"
#include "auth/store/dialect.hpp"
#include "auth/store/location.hpp"
#include "auth/store/transaction.hpp"
#include "base/error.hpp"

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace soci {
class connection_pool;
class session;
}  // namespace soci

namespace tollgate::auth {

enum class Wakeups { none, on_change };      // whether the connections are woken by each change
enum class Patience { none, while_absent };  // at the start, for a database that is not there yet

struct ConnectionOptions {
    unsigned count = 1;
    Wakeups wakeups = Wakeups::none;
    Patience patience = Patience::none;
};

class Connections {
public:
    // Connects once and brings the schema forward. The error is one line for the operator.
    [[nodiscard]] static std::expected<std::unique_ptr<Connections>, std::string> open(StoreLocation location,
                                                                                       ConnectionOptions options);
    Connections(Connections const&) = delete;
    Connections& operator=(Connections const&) = delete;
    ~Connections();

    // Runs `work(sql)` on a free connection; again on another when it was seen to be broken before a commit, soon after
    // the beginning.
    // Whatever it throws then, or that no connection can be had, is errc::store_unavailable; the operator is told when
    // that begins and when it ends.
    template <std::invocable<soci::session&> Work>
    [[nodiscard]] auto run(Work work) -> Result<std::invoke_result_t<Work, soci::session&>> {
        auto const give_up = std::chrono::steady_clock::now() + most_time_for_a_second_try;
        while (true) {
            try {
                Lease const lease(*this);
                try {
                    auto result = work(lease.session());
                    answered();
                    return result;
                } catch (CommitFailed const&) {
                    throw;
                } catch (std::exception const&) {
                    if (lease.is_first_use() || lease.stands() || std::chrono::steady_clock::now() > give_up) throw;
                }
            } catch (std::exception const&) {
                return did_not_answer();
            }
        }
    }

    [[nodiscard]] Dialect const& dialect() const noexcept { return dialect_; }

    // With one connection, for the thread that uses it: what becomes readable when a change was told; negative when
    // nothing will tell.
    [[nodiscard]] int wakeup() noexcept;

private:
    // A silent server must not be asked twice: both times together would be too long.
    static constexpr std::chrono::milliseconds most_time_for_a_second_try{500};

    enum class Readiness : std::uint8_t { stood, made_now };

    // A connection that stands, for as long as this lives. Throws when there is none. One that turns out to be broken
    // is closed at the end.
    class Lease {
    public:
        explicit Lease(Connections& owner);
        Lease(Lease const&) = delete;
        Lease& operator=(Lease const&) = delete;
        ~Lease();
        [[nodiscard]] soci::session& session() const noexcept { return session_; }
        [[nodiscard]] bool is_first_use() const noexcept { return readiness_ == Readiness::made_now; }
        [[nodiscard]] bool stands() const { return owner_.dialect_.alive(session_); }

    private:
        Connections& owner_;
        std::size_t position_;
        soci::session& session_;
        Readiness readiness_ = Readiness::made_now;
        std::unique_ptr<CutOff::Wait> wait_;
    };

    Connections(StoreLocation location, ConnectionOptions options);
    [[nodiscard]] std::expected<void, std::string> open_first();
    void connect(soci::session& sql);
    [[nodiscard]] Readiness make_ready(soci::session& sql);
    [[nodiscard]] std::string problem() const;  // in a handler
    [[nodiscard]] std::size_t free_position();
    [[nodiscard]] std::unique_ptr<CutOff::Wait> waits_at_most(std::chrono::milliseconds most, soci::session& sql);
    struct Words {
        std::string_view begins, ends;
    };
    [[nodiscard]] Words words() const noexcept;  // of a failure, for the operator: two objects have one store
    void answered();
    [[nodiscard]] std::unexpected<boost::system::error_code> did_not_answer();

    StoreLocation const location_;
    ConnectionOptions const options_;
    Dialect const& dialect_;
    CutOff cut_off_;
    std::unique_ptr<soci::connection_pool> pool_;
    std::atomic<bool> failing_{false};
    std::mutex mutex_;  // guards the next two
    std::chrono::steady_clock::time_point next_attempt_;
    std::string last_problem_;  // of connecting; empty: the last attempt succeeded
};

}  // namespace tollgate::auth
