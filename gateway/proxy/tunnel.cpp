#include "proxy/tunnel.hpp"

#include "http/head_writer.hpp"
#include "proxy/answer.hpp"
#include "proxy/connection.hpp"
#include "proxy/outcome.hpp"
#include "proxy/outgoing.hpp"
#include "proxy/relay.hpp"

#include <chrono>
#include <string>

namespace tollgate::proxy {
namespace {

// Once one side has ended, the other has so long to say its last words.
constexpr std::chrono::seconds most_half_closed{30};

struct Side {
    net::Stream& stream;
    net::Buffer& buffer;
    Way way;  // how a failure of it is seen
};

class Tunnel {
public:
    explicit Tunnel(Flight& flight)
        : flight_(flight),
          client_{flight.connection.stream(), flight.connection.buffer(), Way::from_client},
          service_{*flight.upstream->stream, flight.upstream->buffer, Way::upstream},
          silence_([this] { end(errc::tunnel_idle); }) {}

    [[nodiscard]] asio::awaitable<void> run() {
        rearm();
        ChildTask up;
        up.start(flight_.state.worker().context().get_executor(),
                 pump(client_, service_, flight_.summary.bytes_received));
        co_await pump(service_, client_, flight_.summary.bytes_sent);
        co_await up.join();
        if (broken_ != errc{}) cut(flight_, broken_);
    }

private:
    // Moves what `from` says to `to`, until it ends.
    asio::awaitable<void> pump(Side from, Side to, std::uint64_t& bytes) {
        for (;;) {
            net::Gather gather;
            gather.add(from.buffer.text());
            if (auto const sent = co_await to.stream.write_rest(gather, {}); !sent)
                co_return end(reason_of_failure(sent.error(), to.way));
            bytes += from.buffer.size();
            from.buffer.consume(from.buffer.size());
            from.buffer.release_if_empty();
            if (auto const ready = co_await from.stream.readable({}); !ready)
                co_return end(reason_of_failure(ready.error(), from.way));
            auto const count = from.stream.read_some(from.buffer.prepare(BodyReader::buffer_bytes));
            if (!count && errc_of(count.error(), errc::connection_reset) == errc::end_of_stream) break;
            if (!count) co_return end(reason_of_failure(count.error(), from.way));
            from.buffer.commit(*count);
            rearm();
        }
        to.stream.shut_down_sending();
        half_closed_ = true;
        rearm();
    }

    void rearm() {
        auto const gap = flight_.route->settings->timeouts.gap;
        auto patience = gap;
        if (half_closed_)
            patience = std::min<std::chrono::milliseconds>(gap.value_or(most_half_closed), most_half_closed);
        if (patience) flight_.state.worker().arm(silence_, *patience);
    }

    // Both ways end; the first reason stays.
    void end(errc why) {
        if (broken_ == errc{}) broken_ = flight_.ended != errc{} ? flight_.ended : why;
        flight_.end(broken_);
    }

    Flight& flight_;
    Side client_;
    Side service_;
    net::Deadline silence_;
    bool half_closed_ = false;
    errc broken_{};
};

}  // namespace

asio::awaitable<void> tunnel(Flight& flight) {
    auto& client = flight.connection.stream();
    client.unwatch();
    if (!flight.generation->chain().on_response(flight.exchange, flight.response))
        co_return co_await answer(flight, http::Reply::problem(errc::internal_error));
    flight.after = After::linger;
    prepare_switch(flight.response, flight.exchange.request_id);
    std::string head;
    http::write_response_head(head, flight.response);
    net::Gather gather;
    gather.add(head);
    flight.head_sent = true;
    flight.summary.status = flight.response.status;
    flight.summary.first_byte = net::Worker::now() - flight.exchange.began;
    auto const sent = co_await client.write_rest(gather, flight.generation->settings().client_timeouts.stall);
    if (!sent) co_return cut(flight, reason_of_failure(sent.error(), Way::to_client));
    co_await Tunnel(flight).run();
}

}  // namespace tollgate::proxy
