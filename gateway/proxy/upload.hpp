// The client's body on its way to the service, beside the exchange, which waits for the answer meanwhile. Each piece
// goes out as soon as it came, and the next is read when it has gone: a slow service slows the client, and one buffer
// is all that is held, but for what is retained of a small body that may have to be sent again.
#pragma once

#include "net/task.hpp"
#include "proxy/flight.hpp"

#include <string_view>

namespace tollgate::proxy {

// The next piece of the client's body out of what has arrived, shown to the plugins. Errors: bad_request_framing,
// body_too_large; cut_by_plugin, internal_error when a plugin threw.
[[nodiscard]] Result<std::string_view> next_piece(Flight& flight);

// Begins to send the rest of the client's body upstream. When the client is to blame for its end, the exchange ends.
void start_upload(Flight& flight);

// Ends the upload, if there is one, before what it refers to goes: a rest of the body that was not sent stays unsent,
// and then neither connection can be used again.
[[nodiscard]] net::Task<> stop_upload(Flight& flight);

// The same when the request may be sent once more: then the client's connection goes on with resume_client(), and the
// next upload with the rest of the body. Otherwise it stays interrupted.
[[nodiscard]] net::Task<> pause_upload(Flight& flight);
void resume_client(Flight& flight);

}  // namespace tollgate::proxy
