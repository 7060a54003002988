#include "server/admin.hpp"

#include "net/listener.hpp"
#include "net/worker.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <netinet/in.h>

#include <atomic>
#include <utility>

namespace tollgate::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace beast_http = boost::beast::http;

using AdminRequest = beast_http::request<beast_http::empty_body>;
using AdminResponse = beast_http::response<beast_http::string_body>;
using Socket = asio::generic::stream_protocol::socket;

constexpr auto awaitable_tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds patience{10};
constexpr std::size_t most_head_bytes = 8 * 1024;

AdminResponse respond(AdminRequest const& request, beast_http::status status, std::string body,
                      char const* type = "text/plain; charset=utf-8") {
    AdminResponse response(status, request.version());
    response.set(beast_http::field::content_type, type);
    response.set(beast_http::field::cache_control, "no-store");
    response.keep_alive(request.keep_alive());
    response.body() = std::move(body);
    response.prepare_payload();
    if (request.method() == beast_http::verb::head) response.body().clear();
    return response;
}

// One of the connections that there may be.
struct Place {
    explicit Place(unsigned& taken) noexcept : count(++taken) {}
    Place(Place const&) = delete;
    Place& operator=(Place const&) = delete;
    ~Place() { --count; }
    unsigned& count;
};

}  // namespace

struct Admin::Serving {
    explicit Serving(ServerServices& shared) : services(shared), worker(shared.worker_count()) {}

    [[nodiscard]] AdminResponse answer(AdminRequest const& request) const;
    [[nodiscard]] AdminResponse readiness(AdminRequest const& request) const;
    void accept(Descriptor connected);
    asio::awaitable<void> serve(Socket socket);

    ServerServices& services;
    std::atomic<bool> draining{false};
    unsigned connections = 0;  // on the worker only
    net::Worker worker;
    std::shared_ptr<net::Listener> listener;
};

AdminResponse Admin::Serving::readiness(AdminRequest const& request) const {
    std::string missing = draining ? "draining\n" : "";
    for (auto const& name : services.not_ready()) missing += name + "\n";
    if (missing.empty()) return respond(request, beast_http::status::ok, "ok\n");
    return respond(request, beast_http::status::service_unavailable, std::move(missing));
}

AdminResponse Admin::Serving::answer(AdminRequest const& request) const {
    if (request.method() != beast_http::verb::get && request.method() != beast_http::verb::head) {
        auto refused = respond(request, beast_http::status::method_not_allowed, "only GET and HEAD\n");
        refused.set(beast_http::field::allow, "GET, HEAD");
        return refused;
    }
    if (request.target() == "/livez") return respond(request, beast_http::status::ok, "ok\n");
    if (request.target() == "/readyz") return readiness(request);
    if (request.target() == "/metrics")
        return respond(request, beast_http::status::ok, services.registry().text(), "text/plain; version=0.0.4");
    return respond(request, beast_http::status::not_found, "there are /livez, /readyz and /metrics\n");
}

void Admin::Serving::accept(Descriptor connected) {
    if (connections >= most_connections) return;
    boost::system::error_code failed;
    Socket socket(worker.executor());
    socket.assign(asio::generic::stream_protocol(AF_INET6, IPPROTO_TCP), connected.get(), failed);
    if (failed) return;
    (void)connected.release();
    worker.spawn(serve(std::move(socket)));
}

asio::awaitable<void> Admin::Serving::serve(Socket socket) {
    Place const place(connections);
    beast::basic_stream<asio::generic::stream_protocol> stream(std::move(socket));
    beast::flat_buffer buffer(most_head_bytes);
    for (bool keep_alive = true; keep_alive;) {
        beast_http::request_parser<beast_http::empty_body> parser;
        parser.header_limit(most_head_bytes);
        parser.body_limit(0);
        stream.expires_after(patience);
        auto const [unread, bytes] = co_await beast_http::async_read(stream, buffer, parser, awaitable_tuple);
        if (unread) break;
        auto const response = answer(parser.get());
        beast_http::response_serializer<beast_http::string_body> serializer(response);
        auto const [unsent, sent] = co_await beast_http::async_write(stream, serializer, awaitable_tuple);
        keep_alive = !unsent && response.keep_alive();
    }
    beast::error_code ignored;  // it ends either way
    stream.socket().shutdown(Socket::shutdown_both, ignored);
}

std::expected<std::unique_ptr<Admin>, std::string> Admin::create(std::string const& address, std::uint16_t port,
                                                                 ServerServices& services) {
    auto const endpoint = net::Listener::free_endpoint(address, port);
    if (!endpoint) return std::unexpected(endpoint.error());
    auto serving = std::make_unique<Serving>(services);
    auto listener = net::Listener::bind(serving->worker, *endpoint);
    if (!listener) return std::unexpected(listener.error());
    serving->listener = std::move(*listener);
    serving->listener->start(
        [&one = *serving](Descriptor connected, std::string const&) { one.accept(std::move(connected)); });
    serving->worker.start();
    return std::unique_ptr<Admin>(new Admin(std::move(serving), endpoint->port()));
}

Admin::Admin(std::unique_ptr<Serving> serving, std::uint16_t port) : serving_(std::move(serving)), port_(port) {}

Admin::~Admin() { serving_->worker.stop(net::Worker::Ending::at_once); }

void Admin::set_draining() { serving_->draining = true; }

}  // namespace tollgate::server
