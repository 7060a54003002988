#include "server/http_get.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <exception>
#include <utility>

namespace tollgate::server {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

http::request<http::empty_body> request_of(Get const& get) {
    http::request<http::empty_body> request(http::verb::get, get.target, 11);
    auto const host = get.host.contains(':') ? '[' + get.host + ']' : get.host;
    request.set(http::field::host, host + ':' + std::to_string(get.port));
    request.set(http::field::user_agent, "tollgate");
    request.set(http::field::connection, "close");
    return request;
}

asio::awaitable<Result<Got>> exchange(Get get) {
    auto const executor = co_await asio::this_coro::executor;
    tcp::resolver resolver(executor);
    auto const [unresolved, addresses] = co_await resolver.async_resolve(get.host, std::to_string(get.port), as_values);
    if (unresolved) co_return std::unexpected(unresolved);

    tcp::socket socket(executor);
    auto const [refused, endpoint] = co_await asio::async_connect(socket, addresses, as_values);
    if (refused) co_return std::unexpected(refused);

    auto const request = request_of(get);
    auto const [unsent, written] = co_await http::async_write(socket, request, as_values);
    if (unsent) co_return std::unexpected(unsent);

    boost::beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(get.most_bytes);
    auto const [unread, read] = co_await http::async_read(socket, buffer, parser, as_values);
    if (unread) co_return std::unexpected(unread);
    co_return Got{parser.get().result_int(), std::move(parser.get().body())};
}

}  // namespace

Result<Got> http_get(Get const& get) {
    Result<Got> got = failure(errc::upstream_timeout);
    asio::io_context context(1);
    asio::co_spawn(context, exchange(get), [&got](std::exception_ptr bug, Result<Got> result) {
        if (bug) std::rethrow_exception(bug);
        got = std::move(result);
    });
    context.run_for(get.deadline);
    return got;
}

}  // namespace tollgate::server
