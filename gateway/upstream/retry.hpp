// Whether a request that failed on its way to a service may be sent once more (RFC 9110, section 9.2.2), and where.
// Pure. A request that the service may have begun to work on is repeated only when its method is idempotent, and only
// when its body is still at hand. Another server is preferred to the one that failed. After silence it is repeated once
// at most, and only while few others are: when all servers are slow, repetitions would make them slower.
#pragma once

#include "base/error.hpp"

#include <string_view>

namespace tollgate::upstream {

struct Attempt {
    std::string_view method;
    unsigned number = 1;             // of this attempt
    bool connected = false;          // there was a connection
    bool connection_reused = false;  // it came from the pool: the likely cause is that the service had closed it
    bool bytes_written = false;      // at least one byte of the request was taken by the connection
    bool body_at_hand = false;       // all that was taken of the body can be sent again, or nothing was
    bool answer_begun = false;       // at least one byte of an answer came
    errc failure{};                  // why there is no answer
    bool holds_place = false;        // on its server, which takes few requests at a time
    bool other_server = false;       // there is one that has not failed with this request
    unsigned silences = 0;           // attempts, this one too, that were given up because no answer began in time
    bool may_add_load = true;        // see admits_repetition(); asked after silence only
};

inline constexpr unsigned most_attempts = 3;

enum class Again { no, same_server, other_server };

[[nodiscard]] bool is_idempotent(std::string_view method) noexcept;

// Whether one more request may be repeated after silence, when `running` such repetitions wait for their answers and
// `outstanding` requests are with the servers in all: a fifth of them, but always ten.
[[nodiscard]] bool admits_repetition(unsigned running, unsigned outstanding) noexcept;

// Whether the server had the request, or was having it, and no answer began in time.
[[nodiscard]] bool is_silence(Attempt const& attempt) noexcept;

// Only when it was the way, and not the answer or the client, that failed. When no more is known than that an idle
// connection was dead, a place on its server is worth more than another server.
[[nodiscard]] Again again(Attempt const& attempt) noexcept;

// Whether a body is to be retained while it is sent: whether the attempt, should it fail before the first byte of an
// answer, would be followed by another one that sends it again.
[[nodiscard]] bool is_worth_retaining(Attempt attempt) noexcept;

}  // namespace tollgate::upstream
