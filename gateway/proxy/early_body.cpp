#include "proxy/early_body.hpp"

#include "proxy/admit.hpp"
#include "proxy/connection.hpp"
#include "proxy/outcome.hpp"
#include "proxy/send.hpp"
#include "proxy/upload.hpp"

namespace tollgate::proxy {

net::Task<Result<void>> take_early_body(Flight& flight, std::string_view first) {
    auto& body = *flight.body;
    auto& retained = flight.retained;
    if (first.size() > RetainedBody::most_bytes) co_return Result<void>{};  // it is large, and at hand where it is
    if (expects_continue(flight)) {
        if (auto const sent = co_await send_continue(flight); !sent) co_return sent;
        flight.head.fields.remove(http::FieldName::expect);
    }
    auto const stall = flight.generation->settings().client_timeouts.stall;
    retained.hold(first);
    while (!body.done() && !retained.is_large()) {
        if (auto const filled = co_await body.fill(stall); !filled)
            co_return failure(reason_of_failure(filled.error(), Way::from_client));
        auto const piece = next_piece(flight);
        if (!piece) co_return std::unexpected(piece.error());
        retained.hold(*piece);
    }
    body.drop_taken();
    flight.connection.buffer().release_if_empty();
    co_return Result<void>{};
}

}  // namespace tollgate::proxy
