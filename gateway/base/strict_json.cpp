#include "base/strict_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace tollgate {
namespace {

namespace json = boost::json;

// Builds the value from the parser's events. A container that is open is a frame, with the name its next member will
// have.
class Builder {
public:
    using Error = json::error_code;
    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

    bool on_document_begin(Error&) { return true; }
    bool on_document_end(Error&) { return true; }

    bool on_object_begin(Error&) { return open(json::object()); }
    bool on_object_end(std::size_t, Error& error) { return close(error); }
    bool on_array_begin(Error& error) { return frames_.empty() ? refuse(error) : open(json::array()); }
    bool on_array_end(std::size_t, Error& error) { return close(error); }

    bool on_key_part(json::string_view part, std::size_t, Error&) { return take(part); }
    bool on_key(json::string_view part, std::size_t, Error& error) {
        take(part);
        auto& frame = frames_.back();
        frame.name = std::exchange(text_, {});
        return frame.container.get_object().contains(frame.name) ? refuse(error) : true;
    }
    bool on_string_part(json::string_view part, std::size_t, Error&) { return take(part); }
    bool on_string(json::string_view part, std::size_t, Error& error) {
        take(part);
        return add(json::value(std::exchange(text_, {})), error);
    }

    bool on_number_part(json::string_view, Error&) { return true; }
    bool on_int64(std::int64_t number, json::string_view, Error& error) { return add(number, error); }
    bool on_uint64(std::uint64_t number, json::string_view, Error& error) { return add(number, error); }
    bool on_double(double number, json::string_view, Error& error) { return add(number, error); }
    bool on_bool(bool flag, Error& error) { return add(flag, error); }
    bool on_null(Error& error) { return add(nullptr, error); }
    bool on_comment_part(json::string_view, Error&) { return true; }
    bool on_comment(json::string_view, Error&) { return true; }

    json::value release() { return std::move(root_); }

private:
    struct Frame {
        json::value container;
        std::string name;
    };

    static bool refuse(Error& error) {
        error = make_error_code(errc::bad_form);
        return false;
    }
    bool take(json::string_view part) {
        text_.append(part.data(), part.size());
        return true;
    }
    bool open(json::value container) {
        frames_.push_back({std::move(container), {}});
        return true;
    }
    bool close(Error& error) {
        json::value done = std::move(frames_.back().container);
        frames_.pop_back();
        if (!frames_.empty()) return add(std::move(done), error);
        root_ = std::move(done);
        return true;
    }
    bool add(json::value value, Error& error) {
        if (frames_.empty()) return refuse(error);
        auto& frame = frames_.back();
        if (auto* const list = frame.container.if_array()) list->push_back(std::move(value));
        else frame.container.get_object().emplace(frame.name, std::move(value));
        return true;
    }

    std::vector<Frame> frames_;
    std::string text_;
    json::value root_;
};

}  // namespace

Result<boost::json::value> parse_strict_json(std::string_view text) {
    json::parse_options options;
    options.max_depth = most_json_depth;
    json::basic_parser<Builder> parser(options);
    json::error_code error;
    auto const consumed = parser.write_some(false, text.data(), text.size(), error);
    if (error || consumed != text.size()) return failure(errc::bad_form);
    return parser.handler().release();
}

}  // namespace tollgate
