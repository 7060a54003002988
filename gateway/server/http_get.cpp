#include "server/http_get.hpp"

#include "http/head_writer.hpp"
#include "net/resolver.hpp"
#include "net/worker.hpp"
#include "upstream/dial.hpp"

#include <fmt/format.h>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace tollgate::server {
namespace {

namespace beast_http = boost::beast::http;
using Answer = std::expected<Got, std::string>;

constexpr std::size_t most_piece_bytes = 16 * 1024;

std::string phrase_for(boost::system::error_code failed, net::Stream const* stream) {
    if (stream && !stream->tls_problem().empty()) return std::string(stream->tls_problem());
    if (failed == errc::upstream_refused) return "Connection refused";
    if (failed == errc::upstream_timeout) return "no answer in time";
    if (failed == errc::upstream_unresolved) return "no such name";
    return failed.message();
}

std::expected<upstream::Destination, std::string> destination_of(settings::Server const& server) {
    if (server.scheme != settings::Scheme::https) return upstream::Destination{server, nullptr};
    auto context = net::TlsClientContext::create({});
    if (!context) return std::unexpected(std::move(context).error());
    return upstream::Destination{server, std::make_shared<net::TlsTarget>(std::move(*context), server.host)};
}

net::Task<Answer> read_answer(net::Stream& stream, std::size_t most_bytes) {
    beast_http::response_parser<beast_http::string_body> parser;
    parser.eager(true);
    parser.body_limit(most_bytes);
    boost::beast::flat_buffer unread;
    while (!parser.is_done()) {
        boost::system::error_code wrong;
        auto const room = unread.prepare(most_piece_bytes);
        auto const count = stream.read_some({static_cast<char*>(room.data()), room.size()});
        if (!count) {
            if (count.error() == errc::end_of_stream) parser.put_eof(wrong);
            else wrong = count.error();
        } else if (*count == 0) {
            if (auto const waited = co_await stream.readable({}); !waited) wrong = waited.error();
        } else {
            unread.commit(*count);
            unread.consume(parser.put(unread.data(), wrong));
            if (wrong == beast_http::error::need_more) wrong = {};
        }
        if (wrong) co_return std::unexpected(phrase_for(wrong, &stream));
    }
    co_return Got{parser.get().result_int(), std::move(parser.get().body())};
}

net::Task<Answer> exchange(net::Worker& worker, net::Resolver& resolver, Get get, errc& ended,
                           upstream::ConnectionPtr& connection) {
    auto destination = destination_of(get.server);
    if (!destination) co_return std::unexpected(destination.error());
    auto const connected =
        co_await upstream::dial(worker, resolver, std::move(*destination), get.deadline, ended, connection);
    auto const* const stream = connection ? connection->stream.get() : nullptr;
    if (!connected) co_return std::unexpected(phrase_for(connected.error(), stream));
    auto const text = tollgate::http::own_get_request(get.target, get.server.authority());
    net::Gather gather;
    gather.add(text);
    if (auto const sent = co_await connection->stream->write_rest(gather, {}); !sent)
        co_return std::unexpected(phrase_for(sent.error(), stream));
    co_return co_await read_answer(*connection->stream, get.most_bytes);
}

net::Task<> exchange_into(std::optional<Answer>& got, std::exception_ptr& bug, net::Task<Answer> exchange) {
    try {
        got = co_await std::move(exchange);
    } catch (...) {
        bug = std::current_exception();
    }
}

}  // namespace

Answer http_get(Get const& get) {
    net::Worker worker(0);  // turned here; it outlives what runs on it
    net::Resolver resolver;
    upstream::ConnectionPtr connection;
    errc ended{};
    std::optional<Answer> got;
    auto end = [&](errc why) {
        ended = why;
        if (connection) connection->stream->interrupt(why);
    };
    net::Deadline overdue([&] { end(errc::upstream_timeout); });
    worker.arm(overdue, get.deadline);
    std::exception_ptr bug;
    worker.spawn(exchange_into(got, bug, exchange(worker, resolver, get, ended, connection)));
    worker.run_until([&] { return got || bug; });
    overdue.disarm();
    if (bug) std::rethrow_exception(bug);
    return std::move(*got);
}

}  // namespace tollgate::server
