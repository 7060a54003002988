#include "proxy/tunnel.hpp"

#include "base/log.hpp"
#include "http/head_writer.hpp"
#include "http/hop.hpp"
#include "net/intake.hpp"
#include "proxy/answer.hpp"
#include "proxy/connection.hpp"
#include "proxy/outcome.hpp"
#include "proxy/outgoing.hpp"
#include "proxy/send.hpp"

#include <chrono>
#include <cstddef>

namespace tollgate::proxy {
namespace {

constexpr std::chrono::seconds linger_at_service{2};  // whose place another request may wait for

struct Side {
    net::Stream& stream;
    net::Buffer& buffer;
    Way way;  // how a failure of it is seen
};

// What becomes of the bytes that one side says to the other.
struct Direction {
    enum class State {
        open,
        refused,  // the other side takes no more: what still comes is dropped
        ended,    // the side has said all
    };
    Side from;
    Side to;
    std::uint64_t& bytes;  // that were taken
    State state = State::open;
    net::Intake intake{from.stream, from.buffer};  // of what it says
};

class Tunnel {
public:
    explicit Tunnel(Flight& flight)
        : flight_(flight),
          up_{client(), service(), flight.summary.bytes_received},
          down_{service(), client(), flight.summary.bytes_sent},
          silence_([this] { end(errc::tunnel_idle); }) {
        bool const plain = client().stream.is_plain() && service().stream.is_plain();
        for (auto* const intake : {&up_.intake, &down_.intake}) {
            intake->let_grow();
            if (plain) intake->let_splice(flight.state.worker().pipes());
        }
    }

    [[nodiscard]] net::Task<> run() {
        rearm();
        ChildTask upwards(flight_.state.worker(), [this] { end(errc::internal_error); });
        ChildTask downwards(flight_.state.worker(), [this] { end(errc::internal_error); });
        upwards.start(pump(up_, down_));
        try {
            downwards.start(pump(down_, up_));
        } catch (...) {  // there is no memory for it: the other one, which runs, is joined
            log::thrown("a tunnel");
            end(errc::internal_error);
        }
        co_await upwards.join();
        co_await downwards.join();
        silence_.disarm();
        if (broken_ == errc{}) broken_ = flight_.ended;
        if (broken_ != errc{}) co_return cut();
        // What was said before the other side left may still be on its way: the connections end politely.
        if (refused_ != errc{}) flight_.note_failure(refused_);
        if (down_.state == State::refused) co_await flight_.upstream->stream->linger(linger_at_service);
    }

private:
    using State = Direction::State;

    [[nodiscard]] Side client() const {
        return {flight_.connection.stream(), flight_.connection.buffer(), Way::from_client};
    }
    [[nodiscard]] Side service() const { return {*flight_.upstream->stream, flight_.upstream->buffer, Way::upstream}; }

    // Moves what one side says until it ends, or until nobody hears it any more.
    net::Task<> pump(Direction& mine, Direction& other) {
        for (;;) {
            if (mine.state == State::open) {
                if (auto const taken = co_await pass_on(mine); !taken) refuse(mine, taken.error());
            }
            mine.intake.drop(mine.from.buffer.size());
            if (is_pointless(mine, other)) co_return;
            auto const read = co_await read_more(mine.intake);
            if (is_pointless(mine, other)) co_return;
            if (!read && errc_of(read.error(), errc::connection_reset) == errc::end_of_stream) break;
            if (!read) co_return end(reason_of_failure(read.error(), mine.from.way));
            if (mine.state == State::open && *read > 0) rearm();  // a wake alone is no word: TLS talks to itself too
        }
        if (mine.state == State::open) co_await mine.to.stream.end_sending({});
        mine.state = State::ended;
        rearm();
        // Nobody is left to speak to the side that is still heard: its pump need not wait for more.
        if (other.state == State::refused) other.from.stream.interrupt(errc::cancelled);
    }

    // Error: that of a side that takes no more.
    net::Task<Result<void>> pass_on(Direction& direction) {
        if (auto* const pipe = direction.intake.pipe()) co_return co_await send(direction, *pipe);
        net::Gather gather;
        gather.add(direction.from.buffer.text());
        co_return co_await send(direction, gather);
    }

    template <class Words>
    net::Task<Result<void>> send(Direction& direction, Words& words) {
        while (!words.empty()) {
            auto const taken = direction.to.stream.write_some(words);
            if (!taken) co_return std::unexpected(taken.error());
            direction.bytes += *taken;
            if (*taken > 0) rearm();
            if (words.empty()) break;
            if (auto const ready = co_await direction.to.stream.writable({}); !ready) co_return ready;
        }
        co_return Result<void>{};
    }

    net::Task<Result<std::size_t>> read_more(net::Intake& intake) {
        if (intake.needs_wait()) {
            if (auto const ready = co_await intake.wait({}); !ready) co_return std::unexpected(ready.error());
        }
        co_return intake.read();
    }

    // A side that takes no more may have closed in order, with its last words still on their way: only this direction
    // ends. A service that had ended owes nobody to listen; a client that left with something unheard is gone.
    void refuse(Direction& direction, boost::system::error_code why) {
        direction.state = State::refused;
        direction.intake.stop_splicing();  // what is dropped needs no pipe
        bool const in_order = direction.to.way == Way::upstream && why == errc::end_of_stream;
        if (!in_order) refused_ = reason_of_failure(why, direction.to.way);
        rearm();
    }

    // Whether it was all for nothing to read on: what ended the tunnel, or nobody to hear and nobody to answer.
    [[nodiscard]] bool is_pointless(Direction const& mine, Direction const& other) const {
        if (flight_.ended != errc{}) return true;
        return mine.state == State::refused && other.state != State::open;
    }

    void rearm() {
        bool const all_open = up_.state == State::open && down_.state == State::open;
        auto const gap = flight_.route->settings->timeouts.gap;
        if (auto const patience = most_silence(gap, all_open ? Speaking::both : Speaking::one))
            flight_.state.worker().arm(silence_, *patience);
    }

    // What was broken off must look so to either side: in a protocol without lengths a clean end says "that was all".
    void cut() {
        flight_.cut(broken_);
        client().stream.reset();
        service().stream.reset();
    }

    // Both ways end; the first reason stays.
    void end(errc why) {
        if (broken_ == errc{}) broken_ = flight_.ended != errc{} ? flight_.ended : why;
        flight_.end(broken_);
    }

    Flight& flight_;
    Direction up_;
    Direction down_;
    net::Deadline silence_;
    errc refused_{};  // why a side took no more, when that is worth a word
    errc broken_{};   // why both ways ended at once
};

}  // namespace

net::Timeout most_silence(net::Timeout gap, Speaking speaking) noexcept {
    // Without a gap one side could hold the connection for ever after the other has gone.
    constexpr std::chrono::seconds most_half_closed{30};
    return gap || speaking == Speaking::both ? gap : most_half_closed;
}

net::Task<> tunnel(Flight& flight) {
    flight.connection.stream().unwatch();
    auto const protocol = http::upgrade_wanted(flight.response.fields);
    http::remove_hop_by_hop(flight.response.fields);  // before the hooks, so that it takes nothing away that they write
    if (!flight.generation->chain().on_response(flight.exchange, flight.response))
        co_return co_await answer_broken(flight);
    flight.close_at_least(After::linger);
    prepare_switch(flight.response, protocol, flight.exchange.request_id);
    net::Gather gather;
    gather.add(http::write_response_head(flight.arena, flight.response));
    flight.head_goes_out(flight.response.status);
    if (auto const sent = co_await send_to_client(flight, gather); !sent)
        co_return flight.cut(errc_of(sent.error(), errc::internal_error));
    co_await Tunnel(flight).run();
}

}  // namespace tollgate::proxy
