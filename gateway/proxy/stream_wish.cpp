#include "proxy/stream_wish.hpp"

#include "base/strict_json.hpp"
#include "http/form.hpp"
#include "proxy/retained_body.hpp"

#include <boost/json/object.hpp>

namespace tollgate::proxy {

bool asks_for_stream(http::FieldList const& fields, std::string_view body) {
    if (body.size() > RetainedBody::most_bytes || fields.count(http::FieldName::content_type) != 1) return false;
    if (http::media_type(*fields.find(http::FieldName::content_type)) != "application/json") return false;
    auto const json = parse_strict_json(body);
    if (!json) return false;
    auto const* const stream = json->get_object().if_contains("stream");
    return stream && stream->is_bool() && stream->get_bool();
}

}  // namespace tollgate::proxy
