// A plain blocking TCP socket for tests, with a bound on every wait: raw bytes in, raw bytes out. What goes wrong
// throws.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::testing {

class Socket {
public:
    static constexpr std::chrono::seconds patience{10};

    static Socket connect(std::uint16_t port, char const* address = "127.0.0.1");
    explicit Socket(int descriptor);
    Socket(Socket&& other) noexcept;
    Socket& operator=(Socket&& other) noexcept;
    virtual ~Socket();

    void send(std::string_view bytes);
    virtual bool try_send(std::string_view bytes);  // false when the peer is gone
    void send_with_next(std::string_view bytes);    // in one segment with what is sent next
    void fill(std::string_view block);              // sends it again and again until nothing is taken any more

    // One message: a head, and the body that its Content-Length or chunked coding announces. Empty when the peer closed
    // before a byte.
    std::string read_message();
    std::string read_head();
    std::string read_exactly(std::size_t count);
    std::string read_until(std::string_view end);
    std::string read_to_end();  // until the peer closes or resets

    bool ends();    // waits: true when the peer closes, false when it sends something
    bool breaks();  // waits, and drops what comes: true when the peer resets, false when it closes in order
    void finish_sending();
    void shut_down();  // ends both ways and whoever waits in send(); what another thread may call, unlike close()
    void close();
    void reset();  // the peer sees an error

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

protected:
    virtual bool receive();  // more into pending_; false at the end
    int descriptor_;
    std::string pending_;
};

}  // namespace tollgate::testing
