// Whole exchanges through a gateway in memory. `~>` begins what the client sends, `<~` what the service answers on the
// connection that was asked last; `~|` and `|~` end their sending. Whatever both of them do, each gets well-formed
// messages alone, the service no request that the client did not make, and no connection stays.
#include "fuzz/fuzz.hpp"
#include "fuzz/targets.hpp"
#include "fuzz/wire.hpp"
#include "fuzz/world.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace tollgate::fuzz {
namespace {

constexpr int most_steps = 32;

struct Said {
    std::string by_client;
    std::array<bool, Play::most_origins> unasked{};  // who spoke before a request had come
};

Said play_out(World& world, Play& play, std::string_view script) {
    Said said;
    for (int steps = 0; steps < most_steps && script.size() >= 2; ++steps) {
        auto const mark = script.substr(0, 2);
        script.remove_prefix(2);
        auto const end =
            std::min({script.find("~>"), script.find("<~"), script.find("~|"), script.find("|~"), script.size()});
        auto const text = script.substr(0, end);
        script.remove_prefix(end);
        if (mark == "~>") {
            play.client.send(text);
            said.by_client.append(text);
        }
        if (mark == "<~") {
            auto& origin = play.origins[play.speaking];
            origin.send(text);
            said.unasked[play.speaking] |= !text.empty() && origin.received.empty();
        }
        if (mark == "~|") play.client.finish_sending();
        if (mark == "|~") play.origins[play.speaking].finish_sending();
        world.pump(play);
    }
    return said;
}

// What the client asked, as far as it can be understood.
std::vector<Request> requests_in(std::string_view sent) {
    std::vector<Request> requests;
    while (auto request = take_request(sent)) {
        requests.push_back(std::move(*request));
        if (!requests.back().body.whole) break;
    }
    return requests;
}

// Reads the answers; true when the last one changes the protocol.
bool check_client(std::string_view received, std::vector<Request> const& requests) {
    for (std::size_t answered = 0;;) {
        auto const method = answered < requests.size() ? requests[answered].head.method : "";
        auto const answer = take_response(received, method);
        if (!answer) return require(answer.error() == errc::end_of_stream, "the client gets answers alone"), false;
        check_answered(*answer);
        if (answer->head.status == 101) return true;
        if (answer->head.status < 200) continue;
        ++answered;
        require(answered <= requests.size() + 1, "the client gets no answer that it did not ask for");
        if (!answer->body.whole) return false;
    }
}

// A request reaches one connection at most, since another attempt finds nobody, and what arrives is what was sent.
void check_service(std::string_view received, std::vector<Request> const& requests, std::size_t& asked, bool switched) {
    for (;;) {
        auto const request = take_request(received);
        if (!request) return require(request.error() == errc::end_of_stream, "the service gets requests alone");
        auto const way = request->head.fields.find("X-Way");
        require(way == "open" || way == "guarded", "the service gets what a route lets through");
        require(way == "guarded" || request->body.data.size() <= World::most_open_bytes,
                "a body is as long as it may be");
        check_sent(*request, way == "open" ? "" : World::user_id);
        auto const came_from = [&](Request const& one) {
            return one.head.method == request->head.method && one.body.data.starts_with(request->body.data);
        };
        while (asked < requests.size() && !came_from(requests[asked])) ++asked;
        require(asked++ < requests.size(), "the service gets no request that the client did not make");
        if (switched && request->head.fields.count(http::FieldName::upgrade) > 0) return;
    }
}

}  // namespace

void try_exchange(std::string_view input) {
    static World world;
    auto play = world.begin();
    auto const said = play_out(world, play, input);
    require(world.end(play), "a connection ends with its peers");
    auto const requests = requests_in(said.by_client);
    bool const switched = check_client(play.client.received, requests);
    // Goes on with an empty Host (RFC 9112, section 3.2), which our own reader refuses.
    auto const names_no_host = [](Request const& request) {
        return request.head.fields.count(http::FieldName::host) == 0;
    };
    if (std::ranges::any_of(requests, names_no_host)) return;
    std::size_t asked = 0;
    for (std::size_t i = 0; i < play.origins.size(); ++i) {
        auto const& received = play.origins[i].received;
        require(received.empty() || !said.unasked[i], "who speaks unasked is asked nothing");
        check_service(received, requests, asked, switched);
    }
}

}  // namespace tollgate::fuzz
