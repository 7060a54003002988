// A reader of HTTP/1.1 streams that shares nothing with the gateway: the second opinion on where each request begins
// and ends. It takes what RFC 9112 takes and refuses all that two servers might read in two ways; of what can be read
// in one way only it refuses nothing that the gateway may take. Pure, and made for short streams.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::testing {

struct StrictField {
    std::string name;   // in lower case
    std::string value;  // without the blanks around it
};
using StrictFields = std::vector<StrictField>;

// The values of all fields called `name`, in their order.
std::vector<std::string> values_of(StrictFields const& fields, std::string_view name);

// Whether a field called `name` lists `element`, case ignored.
bool lists(StrictFields const& fields, std::string_view name, std::string_view element);

struct StrictBody {
    std::optional<std::uint64_t> length;  // announced
    bool chunked = false;
    bool adorned = false;  // chunk extensions or trailers came along
    std::string data;      // decoded; of a body that did not become whole, what there was
};

struct StrictRequest {
    std::string method;
    std::string target;  // in normal form: without an authority, escapes decoded where they may be
    std::string sent_target;
    std::string host;  // of the absolute-form, else of Host; may be empty
    bool old = false;  // HTTP/1.0
    StrictFields fields;
    StrictBody body;
};

enum class StreamEnd { between_messages, within_one, broken };

struct RequestStream {
    std::vector<StrictRequest> whole;
    std::optional<StrictRequest> begun;  // after them: a good head whose body is not whole or broken
    StreamEnd end = StreamEnd::between_messages;
    std::size_t missing = 0;  // within one: so many bytes at least
    std::string fault;        // broken: why
};

RequestStream read_requests(std::string_view bytes);

struct StrictAnswer {
    unsigned status = 0;
    StrictFields fields;
    StrictBody body;
};

struct AnswerStream {
    std::vector<StrictAnswer> whole;  // final answers only
    std::string fault;                // empty: all bytes were read
};

// Reads the answers to `requests`. One that ends the connection with a refusal may leave its body out or not where the
// gateway may have been unable to see that the request was a HEAD, and none is expected to be where it is no answer to
// one of these.
AnswerStream read_answers(std::string_view bytes, std::span<StrictRequest const> requests);

}  // namespace tollgate::testing
