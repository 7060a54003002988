// A name server on loopback for tests: real packets over UDP and TCP, on the test's own thread and io_context. It knows
// the names it is given, counts the questions for A records, and can fall silent.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::test {

class DnsServer {
public:
    struct Host {
        std::string v4;
        std::string v6 = {};  // empty: has none
        std::uint8_t ttl_seconds = 1;
        std::optional<std::uint8_t> alias_ttl_seconds = {};  // asked name -> "x" -> addresses
        bool truncated = false;                              // the A record over TCP only
    };

    explicit DnsServer(boost::asio::io_context& context) : udp_(context), acceptor_(context), tcp_(context) {
        for (int tries = 0; !acceptor_.is_open() && tries < 100; ++tries) listen();
    }

    [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(udp_.local_endpoint().port()); }

    void start() {
        receive();
        accept();
    }

    std::map<std::string, Host> hosts;
    std::map<std::string, int> questions;  // for A records, by name
    int tcp_connections = 0;
    int packets = 0;
    bool silent = false;
    std::function<std::string(std::string)> twist{};  // what becomes of an answer over UDP; empty: none goes out

private:
    enum class Transport { udp, tcp };
    static constexpr unsigned char type_a = 1, type_aaaa = 28;
    static constexpr std::size_t question_offset = 12;

    // Both transports on one port. Another program may listen on it already: then the acceptor stays closed.
    void listen() {
        auto const loopback = boost::asio::ip::address_v4::loopback();
        udp_ = {udp_.get_executor(), boost::asio::ip::udp::endpoint(loopback, 0)};
        boost::system::error_code taken;
        acceptor_.open(boost::asio::ip::tcp::v4());
        acceptor_.bind({loopback, udp_.local_endpoint().port()}, taken);
        if (!taken) acceptor_.listen(boost::asio::socket_base::max_listen_connections, taken);
        if (taken) acceptor_.close();
    }

    void receive() {
        udp_.async_receive_from(boost::asio::buffer(packet_), peer_, [this](auto error, std::size_t size) {
            if (error) return;
            auto reply = reply_to(std::string_view(packet_.data(), size), Transport::udp);
            if (twist) reply = twist(std::move(reply));
            if (!reply.empty()) udp_.send_to(boost::asio::buffer(reply), peer_);
            receive();
        });
    }

    // One question a connection, answered while everything else stands still.
    void accept() {
        acceptor_.async_accept(tcp_, [this](auto error) {
            if (error) return;
            ++tcp_connections;
            std::array<unsigned char, 2> size{};
            boost::asio::read(tcp_, boost::asio::buffer(size));
            std::string question(static_cast<std::size_t>(size[0] << 8 | size[1]), '\0');
            boost::asio::read(tcp_, boost::asio::buffer(question));
            auto const reply = reply_to(question, Transport::tcp);
            boost::asio::write(tcp_, boost::asio::buffer(std::string{'\0', static_cast<char>(reply.size())} + reply));
            tcp_.close();
            accept();
        });
    }

    // The packet that answers `question`; empty: none.
    std::string reply_to(std::string_view question, Transport transport) {
        ++packets;
        std::string name;
        std::size_t at = question_offset;
        for (; question[at] != 0; at += static_cast<std::size_t>(question[at]) + 1)
            name.append(name.empty() ? "" : ".").append(question, at + 1, static_cast<std::size_t>(question[at]));
        auto const type = static_cast<unsigned char>(question[at + 2]);
        if (type == type_a) ++questions[name];
        if (silent) return {};
        auto const known = hosts.find(name);
        auto const asked = question.substr(question_offset, at + 5 - question_offset);
        if (known == hosts.end()) return head(question, '\x81', '\x83', 0).append(asked);  // no such name
        auto const& host = known->second;
        if (host.truncated && type == type_a && transport == Transport::udp)
            return head(question, '\x83', '\x80', 0).append(asked);
        auto const found = records(host, type);
        return head(question, '\x81', '\x80', static_cast<char>(found.size())).append(asked).append(joined(found));
    }

    static std::vector<std::string> records(Host const& host, unsigned char type) {
        auto const& text = type == type_a ? host.v4 : host.v6;
        if (text.empty()) return {};
        std::vector<std::string> found;
        std::string owner = "\xc0\x0c";  // a pointer to the name in the question
        if (host.alias_ttl_seconds) {
            found.push_back(record(owner, 5, *host.alias_ttl_seconds, std::string("\1x\0", 3)));
            owner = std::string("\1x\0", 3);
        }
        auto const address = boost::asio::ip::make_address(text);
        auto const bytes = [](auto const& array) { return std::string(array.begin(), array.end()); };
        found.push_back(record(owner, type, host.ttl_seconds,
                               type == type_a ? bytes(address.to_v4().to_bytes()) : bytes(address.to_v6().to_bytes())));
        return found;
    }

    static std::string record(std::string owner, unsigned char type, std::uint8_t ttl, std::string const& data) {
        return owner + std::string{0, static_cast<char>(type), 0, 1, 0, 0, 0, static_cast<char>(ttl), 0} +
               static_cast<char>(data.size()) + data;
    }

    static std::string head(std::string_view question, char flags, char code, char answers) {
        return std::string(question.substr(0, 2)) + std::string{flags, code, 0, 1, 0, answers, 0, 0, 0, 0};
    }

    static std::string joined(std::vector<std::string> const& parts) {
        std::string whole;
        for (auto const& part : parts) whole += part;
        return whole;
    }

    boost::asio::ip::udp::socket udp_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::ip::tcp::socket tcp_;
    boost::asio::ip::udp::endpoint peer_;
    std::array<char, 512> packet_{};
};

}  // namespace tollgate::test
