// A connection as the peer at its other end sees it, who is as strict as we are: messages taken off the front of what
// came, one after the other, and what must be true of each that the gateway wrote. Views point into the bytes.
#pragma once

#include "http/framing.hpp"
#include "http/head.hpp"

#include <string>
#include <string_view>

namespace tollgate::fuzz {

struct Body {
    std::string data;      // decoded, as far as it came
    std::string trailers;  // lines
    bool whole = false;    // to its end
    bool broken = false;   // a chunked one that cannot be read any further
};

template <class Head>
struct Message {
    std::string_view bytes;  // of the head
    Head head;
    http::Framing framing;
    Body body;
};
using Request = Message<http::RequestHead>;
using Response = Message<http::ResponseHead>;

// Takes one message with as much of its body as there is. Errors: those of the readers; end_of_stream when its head is
// not whole.
[[nodiscard]] Result<Request> take_request(std::string_view& stream);
[[nodiscard]] Result<Response> take_response(std::string_view& stream, std::string_view method);

// The only trailer that any route in the targets lists.
inline constexpr std::string_view listed_trailer = "X-Sum";

// What holds for each request that a service gets, from whichever client: it is well-formed, names one host, says
// nothing that ends at a hop, and the only identity in it is `user_id`; none when that is empty.
void check_sent(Request const& request, std::string_view user_id);

// What holds for each answer that a client gets, whichever service made it.
void check_answered(Response const& response);

}  // namespace tollgate::fuzz
