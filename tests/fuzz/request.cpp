// A request head, understood and written anew for the service behind. Whatever the client wrote, the service gets one
// well-formed request, with our word on who calls and nobody else's.
#include "fuzz/fuzz.hpp"
#include "fuzz/targets.hpp"
#include "fuzz/wire.hpp"
#include "http/head_writer.hpp"
#include "http/upgrade.hpp"
#include "proxy/outgoing.hpp"

#include <string>
#include <utility>

namespace tollgate::fuzz {
namespace {

constexpr std::string_view user_id = "7";
constexpr std::string_view route_key = "of the route";

plugin::IdentityPtr identity() {
    boost::intrusive_ptr<plugin::Identity> made(new plugin::Identity);
    made->user_id = user_id;
    return made;
}

settings::Route guarded_route() {
    settings::Route route{.access = Access::guarded, .strip_prefix = "/api"};
    route.set_headers.push_back({"X-Key", Secret(std::string(route_key)), "${KEY}"});
    return route;
}

struct Received {
    http::RequestHead head;
    http::Framing framing;
    http::Target target;
    std::string_view upgrade;
};

Result<Received> understand(std::string_view input, FencedArena& arena) {
    Received received;
    auto const head = input.substr(0, http::head_size(input, 0));
    if (auto const read = http::read_request_head(head, {}, received.head); !read) return std::unexpected(read.error());
    auto const framing = http::request_framing(received.head);
    if (!framing) return std::unexpected(framing.error());
    auto const target = http::read_target(received.head.method, received.head.target, arena);
    if (!target) return std::unexpected(target.error());
    auto const upgrade = http::requested_upgrade(received.head, *framing);
    if (!upgrade) return std::unexpected(upgrade.error());
    return Received{std::move(received.head), *framing, *target, *upgrade};
}

std::string_view host_of(Received const& received) {
    auto const named = received.head.fields.find(http::FieldName::host).value_or("");
    return received.target.authority.empty() ? named : received.target.authority;
}

// What goes to the service for a request on `route`, from a peer that is trusted on guarded routes only.
std::string sent(Received const& received, settings::Route const& route, std::string_view host,
                 std::string_view base_path, FencedArena& arena) {
    bool const guarded = route.access == Access::guarded;
    auto const caller = guarded ? identity() : nullptr;
    http::Hop const hop{
        .peer = "192.0.2.1", .peer_trusted = guarded, .host = host_of(received), .minor = received.head.minor};
    auto const fields = proxy::fields_for_upstream({.received = received.head,
                                                    .framing = received.framing,
                                                    .host = host,
                                                    .hop = hop,
                                                    .route = route,
                                                    .identity = caller.get(),
                                                    .request_id = "one",
                                                    .upgrade = received.upgrade},
                                                   arena);
    require(fields.has_value(), "what was received can be sent on");
    return std::string(http::write_request_head(arena, received.head.method, base_path,
                                                proxy::target_for_upstream(received.target, route.strip_prefix),
                                                *fields));
}

// The path that a service sees behind guarded_route(), whose upstream has a base path.
std::string stripped(std::string_view path) {
    if (path == "/api") return "/v1/";
    return "/v1" + std::string(path.starts_with("/api/") ? path.substr(4) : path);
}

void check(std::string_view text, Received const& received, bool guarded) {
    auto rest = text;
    auto const request = take_request(rest);
    require(request && rest.empty(), "what is sent is one request");
    check_sent(*request, guarded ? user_id : "");
    auto const& fields = request->head.fields;
    require(request->framing.kind == received.framing.kind && request->framing.length == received.framing.length,
            "the body is framed as it came");
    require(request->head.method == received.head.method, "the method stays");
    auto const& [path, query, has_query, authority] = received.target;
    auto const expected = (guarded ? stripped(path) : std::string(path)) + (has_query ? "?" : "") + std::string(query);
    require(request->head.target == expected, "the target is the one that was matched");
    if (!guarded) {
        require(fields.find("X-Forwarded-For") == "192.0.2.1" && fields.find("X-Forwarded-Proto") == "http" &&
                    !fields.find("X-Real-IP") && !fields.find("X_Forwarded_For"),
                "nobody is believed about the way a request came");
        return;
    }
    require(fields.count(http::FieldName::authorization) == 0, "the token stays here");
    require(fields.find("X-Key") == route_key, "what the route sets is what is sent");
}

}  // namespace

void try_request(std::string_view input) {
    FencedArena arena;
    auto const received = understand(input, arena);
    if (!received) return;
    check(sent(*received, guarded_route(), "ai", "/v1", arena), *received, true);
    // HTTP/1.0 without a Host goes on with an empty one (RFC 9112, section 3.2), which our own reader refuses.
    auto const host = host_of(*received);
    if (host.empty()) return;
    check(sent(*received, settings::Route{.access = Access::open}, host, "", arena), *received, false);
}

}  // namespace tollgate::fuzz
