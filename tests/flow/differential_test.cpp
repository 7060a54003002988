// Two thousand odd requests, each judged twice: by the gateway, and by a strict reader of the tests that reads the same
// bytes. What reaches the service must be what that reader finds in them, once, in order and nothing else; each answer
// must belong to its request; and what is not sound must be refused and end the connection.
#include "support/gateway.hpp"
#include "support/origin.hpp"
#include "support/request_grammar.hpp"
#include "support/strict_reader.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <initializer_list>
#include <map>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace tollgate::differential_test {
using namespace tollgate::testing;

namespace {

constexpr unsigned request_count = 2000;
constexpr std::size_t most_failures_told = 10;
constexpr std::chrono::seconds most_time{60};  // it takes two, unless the gateway waits for what it should not

// What the gateway waits for in vain it tells before the client loses patience. The guarded path is for requests that
// are sound and refused all the same: nobody has a token here.
GatewayOptions const options{.routes =
                                 "  - {path: /*, upstream: ai, protected: false}\n"
                                 "  - {path: '/{mark}/guarded', upstream: ai}\n",
                             .further = "timeouts: {head: 5s, stall: 5s}\n"};

// One odd request, and what came of it.
struct Trial {
    unsigned number = 0;
    OddRequest odd;
    RequestStream sent;  // what the client really asked, the clean request included
    std::string got;
    std::string trouble;                // something did not come in time, or broke
    std::vector<std::string> received;  // by the service, the last one perhaps not whole
};

// What the service received, each message by itself.
class Arrivals {
public:
    void add(std::string message) {
        std::scoped_lock const lock(lock_);
        messages_.push_back(std::move(message));
    }
    [[nodiscard]] std::vector<std::string> take() {
        std::scoped_lock const lock(lock_);
        return std::exchange(messages_, {});
    }

private:
    std::mutex lock_;  // guards what follows
    std::vector<std::string> messages_;
};

// The service's answer tells which target it was asked for.
std::string answer_to(StrictRequest const& request) {
    auto const& target = request.sent_target;
    auto const head = "HTTP/1.1 200 OK\r\nX-Target: " + target + "\r\n";
    auto const length = "Content-Length: " + std::to_string(target.size()) + "\r\n\r\n";
    if (request.method == "HEAD") return head + length;
    if (target.size() % 2 == 0) return head + length + target;
    std::ostringstream size;
    size << std::hex << target.size();
    return head + "Transfer-Encoding: chunked\r\n\r\n" + size.str() + "\r\n" + target + "\r\n0\r\n\r\n";
}

// Takes one message off `socket` and says how it reads. Byte by byte, so that what broke off is there as well.
RequestStream receive(Socket& socket, std::string& message) {
    message.clear();
    try {
        while (!message.ends_with("\r\n\r\n")) message += socket.read_exactly(1);
        auto stream = read_requests(message);
        if (stream.begun && lists(stream.begun->fields, "expect", "100-continue"))
            socket.send("HTTP/1.1 100 Continue\r\n\r\n");
        for (; stream.end == StreamEnd::within_one; stream = read_requests(message)) {
            for (auto count = stream.missing; count > 0; --count) message += socket.read_exactly(1);
        }
        return stream;
    } catch (std::runtime_error const&) {
        return read_requests(message);  // the gateway gave the request up, or it has no further one
    }
}

void serve(Socket& socket, Arrivals& arrivals) {
    for (std::string message;;) {
        auto const stream = receive(socket, message);
        if (!message.empty()) arrivals.add(message);
        if (stream.whole.size() != 1 || stream.end != StreamEnd::between_messages) return;
        socket.send(answer_to(stream.whole[0]));
    }
}

void send_in_pieces(Socket& client, std::string_view bytes, std::vector<std::size_t> const& cuts) {
    std::size_t begin = 0;
    for (auto const cut : cuts) {
        client.try_send(bytes.substr(begin, cut - begin));
        begin = cut;
        std::this_thread::sleep_for(std::chrono::microseconds(200));  // so that the gateway may read it by itself
    }
    client.try_send(bytes.substr(begin));
}

bool announces_end(std::string const& answer) {
    return answer.empty() || answer.find("\r\nConnection: close\r\n") != std::string::npos;
}

// Reads answers to `requests` from the `answered`th on, up to one that ends the connection. False when one did.
bool read_answers_to(std::vector<StrictRequest> const& requests, std::size_t& answered, Socket& client,
                     std::string& got) {
    while (answered < requests.size()) {
        auto const answer = requests[answered].method == "HEAD" ? client.read_head() : client.read_message();
        got += answer;
        if (announces_end(answer)) return false;
        if (!answer.starts_with("HTTP/1.1 1")) ++answered;
    }
    return true;
}

// Sends what the trial says, then the clean request, and reads what comes.
void converse(Gateway const& gateway, Trial& trial) {
    auto const clean = clean_request(trial.number);
    auto const odd = read_requests(trial.odd.bytes);
    trial.sent = read_requests(trial.odd.bytes + clean);
    auto client = gateway.connect();
    std::size_t answered = 0;
    bool open = true;
    if (trial.odd.waits && odd.end == StreamEnd::between_messages) {
        send_in_pieces(client, trial.odd.bytes, trial.odd.cuts);
        open = read_answers_to(odd.whole, answered, client, trial.got);
        client.try_send(clean);
    } else {
        send_in_pieces(client, trial.odd.bytes + clean, trial.odd.cuts);
    }
    if (open) open = read_answers_to(trial.sent.whole, answered, client, trial.got);
    // Nothing is owed any more but a refusal of what is broken, while the client still listens and could say more.
    if (open && trial.sent.end == StreamEnd::broken) {
        auto const refusal = client.read_head();
        trial.got += refusal;
        open = !announces_end(refusal);
    }
    if (open) client.finish_sending();
    trial.got += client.read_to_end();
}

bool is_one_of(std::initializer_list<std::string_view> names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

// What the gateway writes itself, once.
bool is_ours(std::string_view name) {
    return is_one_of({"host", "content-length", "transfer-encoding", "x-forwarded-for", "x-forwarded-proto",
                      "x-forwarded-host", "forwarded", "via", "x-request-id"},
                     name);
}

bool is_hop_by_hop(std::string_view name) {
    return is_one_of({"keep-alive", "proxy-connection", "te", "trailer", "proxy-authorization", "proxy-authenticate",
                      "http2-settings"},
                     name);
}

bool is_websocket(StrictFields const& fields) {
    return lists(fields, "connection", "upgrade") &&
           values_of(fields, "upgrade") == std::vector<std::string>{"websocket"};
}

// What is wrong with a field that the service received; empty when nothing is.
std::string fault_of_field(StrictField const& field, StrictRequest const& received, StrictRequest const& sent) {
    auto dashed = field.name;
    std::ranges::replace(dashed, '_', '-');
    if (dashed.starts_with("x-user-")) return "an identity of the client";
    if (dashed.starts_with("x-forwarded-") && !is_ours(field.name)) return "a way of the client";
    if (field.name == "x-forwarded-for" && field.value != "127.0.0.1") return "a way of the client";
    if (is_ours(field.name)) return values_of(received.fields, field.name).size() == 1 ? "" : "more than one";
    if (field.name == "connection" || field.name == "upgrade")
        return is_websocket(received.fields) && is_websocket(sent.fields) ? "" : "a change of protocol";
    // Authorization is the route's to keep or to drop, not for Connection to take away.
    bool const is_named = lists(sent.fields, "connection", field.name) && field.name != "authorization";
    if (is_named || is_hop_by_hop(field.name)) return "of the hop before";
    auto const values = values_of(sent.fields, field.name);
    return std::ranges::count(values, field.value) > 0 ? "" : "not what the client sent";
}

// What is wrong with a request that the service received, when `sent` is what the client said.
std::string fault_of_request(StrictRequest const& received, StrictRequest const& sent) {
    if (received.method != sent.method) return "another method";
    if (received.sent_target != sent.target) return "another target";
    if (received.host != sent.host) return "another host";
    if (received.body.adorned) return "chunk extensions or trailers";
    if (!sent.body.data.starts_with(received.body.data)) return "another body";
    for (auto const& field : received.fields) {
        if (auto const fault = fault_of_field(field, received, sent); !fault.empty()) return field.name + ": " + fault;
    }
    return {};
}

// Follows the answers of one trial and finds out which requests they say were forwarded.
class Judge {
public:
    explicit Judge(Trial const& trial) : trial_(trial), sent_(trial.sent) {}

    [[nodiscard]] std::string fault() {
        if (!trial_.trouble.empty()) return trial_.trouble;
        answers_ = read_answers(trial_.got, sent_.whole);
        if (!answers_.fault.empty()) return "an answer is not well-formed: " + answers_.fault;
        for (std::size_t at = 0; at < answers_.whole.size(); ++at) {
            if (auto const wrong = fault_of_answer(at); !wrong.empty())
                return "answer " + std::to_string(at) + ": " + wrong;
        }
        if (!closed_ && answers_.whole.size() < sent_.whole.size()) return "a request without an answer";
        if (!closed_ && sent_.end == StreamEnd::broken) return "not refused: " + sent_.fault;
        return fault_of_arrivals();
    }

    // Of the odd request; 0 when it had no answer.
    [[nodiscard]] unsigned status() const { return answers_.whole.empty() ? 0 : answers_.whole[0].status; }
    [[nodiscard]] bool clean_was_answered() const {
        return !forwarded_.empty() && forwarded_.back()->target.ends_with("/clean");
    }

private:
    std::string fault_of_answer(std::size_t at) {
        auto const& answer = answers_.whole[at];
        if (closed_) return "behind the one that was the last";
        closed_ = lists(answer.fields, "connection", "close");
        bool const refuses = answer.status >= 400 && answer.status < 500;
        if (answer.status != 200 && !refuses) return "an unexpected status";
        if (at < sent_.whole.size()) {
            auto const& asked = sent_.whole[at];
            if (refuses) return answer.status == 408 ? "waits for what was sent" : "";
            forwarded_.push_back(&asked);
            bool const may_end = asked.old || lists(asked.fields, "connection", "close");
            if (closed_ && !may_end) return "it ends the connection";
            if (values_of(answer.fields, "x-target") != std::vector{asked.target}) return "it answers another request";
            return asked.method == "HEAD" || answer.body.data == asked.target ? "" : "its body answers another request";
        }
        if (sent_.end == StreamEnd::between_messages) return "nobody asked";
        return refuses && closed_ ? "" : "what was no whole request was not refused: " + sent_.fault;
    }

    std::string fault_of_arrivals() {
        std::size_t whole = 0;
        for (auto const& message : trial_.received) {
            auto const stream = read_requests(message);
            if (stream.end == StreamEnd::broken) return "the service received what is broken: " + stream.fault;
            if (stream.whole.empty() && !stream.begun) return "the service received half a head";
            auto const* const sent = whole < forwarded_.size() ? forwarded_[whole] : given_up();
            if (sent == nullptr) return "the service received one too many";
            bool const is_whole = stream.end == StreamEnd::between_messages;
            if (is_whole && whole == forwarded_.size()) return "the service received what was refused";
            if (!is_whole && &message != &trial_.received.back()) return "the service received half of one";
            auto const& received = is_whole ? stream.whole.at(0) : *stream.begun;
            if (auto const fault = fault_of_request(received, *sent); !fault.empty())
                return "the service received " + fault;
            if (is_whole && received.body.data != sent->body.data) return "the service received a part as the whole";
            whole += is_whole ? 1 : 0;
        }
        return whole == forwarded_.size() ? "" : "an answer that the service did not give";
    }

    // The request that may have been on its way to the service when it was refused or broke off: none is after it.
    [[nodiscard]] StrictRequest const* given_up() const {
        if (forwarded_.size() < sent_.whole.size()) return &sent_.whole[forwarded_.size()];
        return sent_.begun ? &*sent_.begun : nullptr;
    }

    Trial const& trial_;
    RequestStream const& sent_;
    AnswerStream answers_;
    std::vector<StrictRequest const*> forwarded_;
    bool closed_ = false;  // announced
};

std::string escaped(std::string_view bytes) {
    std::ostringstream out;
    for (char const c : bytes.substr(0, 3000)) {
        if (c == '\r') out << "\\r";
        else if (c == '\n') out << "\\n";
        else if (c == '\\') out << "\\\\";
        else if (c >= 0x20 && c < 0x7f) out << c;
        else out << "\\x" << std::hex << (static_cast<unsigned>(c) >> 4 & 15U) << (static_cast<unsigned>(c) & 15U);
    }
    if (bytes.size() > 3000) out << "... (" << std::dec << bytes.size() << " bytes)";
    return out.str();
}

std::string told(Trial const& trial) {
    std::string text = "request " + std::to_string(trial.number) +
                       " (alone: ODD_REQUEST=" + std::to_string(trial.number) + "), odd in:";
    for (auto const oddity : trial.odd.oddities) text += " " + std::string(oddity) + ";";
    text += "\nsent: " + escaped(trial.odd.bytes + clean_request(trial.number)) + "\ncut at:";
    for (auto const cut : trial.odd.cuts) text += " " + std::to_string(cut);
    text += std::string(trial.odd.waits ? "\nthe last request after the answer" : "") + "\ngot: " + escaped(trial.got);
    for (auto const& message : trial.received) text += "\nthe service received: " + escaped(message);
    return text;
}

// Gives each trial what the service received of it. What bears no mark of any is left over.
std::vector<std::string> distribute(std::vector<std::string> arrivals, std::vector<Trial>& trials) {
    std::map<std::string, Trial*> marks;
    for (auto& trial : trials) marks[mark_of(trial.number)] = &trial;
    std::vector<std::string> unmarked;
    for (auto& message : arrivals) {
        auto owner = marks.end();
        for (auto at = message.find('~'); at != std::string::npos && owner == marks.end();
             at = message.find('~', at + 1))
            owner = marks.find(message.substr(at, mark_of(0).size()));
        (owner == marks.end() ? unmarked : owner->second->received).push_back(std::move(message));
    }
    return unmarked;
}

// ODD_REQUEST=17 in the environment is number 17 alone.
std::vector<Trial> trials_to_make() {
    auto const* const one = std::getenv("ODD_REQUEST");
    std::vector<Trial> trials(one == nullptr ? request_count : 1);
    unsigned number = one == nullptr ? 0 : static_cast<unsigned>(std::strtoul(one, nullptr, 10)) % request_count;
    for (auto& trial : trials) {
        trial.number = number++;
        trial.odd = odd_request(trial.number);
    }
    return trials;
}

// Makes the trials one after the other; what the service received is known for certain once it and the gateway are
// gone.
std::vector<std::string> make(std::vector<Trial>& trials) {
    Arrivals arrivals;
    {
        Origin origin([&arrivals](Origin&, Socket& socket) { serve(socket, arrivals); });
        Gateway const gateway(origin.port(), options);
        auto const until = std::chrono::steady_clock::now() + most_time;
        for (auto& trial : trials) {
            try {
                if (std::chrono::steady_clock::now() < until) converse(gateway, trial);
                else trial.trouble = "not made: there was too much to wait for before it";
            } catch (std::runtime_error const& trouble) {
                trial.trouble = trouble.what();
            }
        }
    }
    return distribute(arrivals.take(), trials);
}

}  // namespace

TEST_CASE("of two thousand odd requests the service receives what was soundly sent, once, in order and nothing else") {
    auto trials = trials_to_make();
    auto const unmarked = make(trials);
    for (auto const& message : unmarked) FAIL_CHECK("the service received what nobody sent: " << escaped(message));

    std::map<unsigned, unsigned> statuses;
    unsigned clean = 0;
    std::size_t failures = 0;
    for (auto const& trial : trials) {
        Judge judge(trial);
        auto const fault = judge.fault();
        if (!fault.empty() && ++failures <= most_failures_told) FAIL_CHECK(fault << "\n" << told(trial));
        ++statuses[judge.status()];
        clean += judge.clean_was_answered() ? 1 : 0;
    }
    CHECK(failures == 0);

    std::string refusals;
    unsigned refused = 0;
    for (auto const& [status, count] : statuses) {
        if (status < 400) continue;
        refusals += (refusals.empty() ? "" : ", ") + std::to_string(count) + " with " + std::to_string(status);
        refused += count;
    }
    MESSAGE(statuses[200] << " answered by the service, " << refused << " refused (" << refusals << "), " << statuses[0]
                          << " broken off; the clean request was answered " << clean << " times");
    if (trials.size() < request_count) return;
    CHECK(statuses[200] >= 300);
    CHECK(refused >= 300);
    CHECK(clean >= 300);
}

}  // namespace tollgate::differential_test
