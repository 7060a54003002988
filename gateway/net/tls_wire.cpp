#include "net/tls_wire.hpp"

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace tollgate::net {
namespace {

constexpr std::size_t record_head_bytes = 5;
constexpr unsigned char handshake_record = 22;

TlsWire& wire_of(BIO* bio) noexcept { return *static_cast<TlsWire*>(BIO_get_data(bio)); }

int read_from(BIO* bio, char* into, int size) noexcept {
    BIO_clear_retry_flags(bio);
    auto const count = wire_of(bio).read({into, static_cast<std::size_t>(std::max(size, 0))});
    if (count == TlsWire::again) BIO_set_retry_read(bio);
    return std::max(count, -1);
}

int write_to(BIO* bio, char const* bytes, int size) noexcept {
    BIO_clear_retry_flags(bio);
    iovec const piece{const_cast<char*>(bytes), static_cast<std::size_t>(std::max(size, 0))};  // it is only read
    auto const count = wire_of(bio).socket().send({&piece, 1});
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) BIO_set_retry_write(bio);
    return static_cast<int>(std::max<ssize_t>(count, -1));
}

long control(BIO* bio, int what, long, void*) noexcept {
    switch (what) {
        case BIO_CTRL_FLUSH: return 1;  // nothing is held back
        case BIO_CTRL_EOF: return wire_of(bio).at_end() ? 1 : 0;
        default: return 0;
    }
}

struct FreeMethod {
    void operator()(BIO_METHOD* method) const noexcept { BIO_meth_free(method); }
};

BIO_METHOD const* method() {
    static std::unique_ptr<BIO_METHOD, FreeMethod> const made = [] {
        std::unique_ptr<BIO_METHOD, FreeMethod> method(
            BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tollgate wire"));
        if (!method) return method;
        BIO_meth_set_read(method.get(), read_from);
        BIO_meth_set_write(method.get(), write_to);
        BIO_meth_set_ctrl(method.get(), control);
        return method;
    }();
    return made.get();
}

}  // namespace

bool TlsWire::attach_to(SSL* session) {
    auto* const bio = method() ? BIO_new(method()) : nullptr;
    if (!bio) return false;
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(session, bio, bio);  // which owns it from now on
    return true;
}

int TlsWire::read(std::span<char> into) noexcept {
    if (refused_ || useless_ > most_useless) return refuse();
    auto const room = into.first(std::min(into.size(), left_));
    auto const count = room.empty() ? -1 : socket_.receive(room);
    came_short_ = room.empty() || (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
    if (came_short_) return again;
    if (count < 0) return broken;
    at_end_ = count == 0;
    auto const bytes = static_cast<std::size_t>(count);
    left_ -= bytes;
    useless_ += bytes;
    return is_odd_hello(room.first(bytes)) ? refuse() : static_cast<int>(count);
}

int TlsWire::refuse() noexcept {
    refused_ = true;
    return broken;
}

// A client that announces a first message of 128 KiB makes OpenSSL take the memory for it at once; nobody else does
// that, nor breaks up the four bytes that say so. What is no handshake at all is OpenSSL's to judge.
bool TlsWire::is_odd_hello(std::span<char const> bytes) noexcept {
    if (!waits_for_hello_) return false;
    auto const count = std::min(bytes.size(), hello_.size() - hello_bytes_);
    std::copy_n(bytes.begin(), count, hello_.begin() + static_cast<std::ptrdiff_t>(hello_bytes_));
    hello_bytes_ += count;
    if (hello_[0] == handshake_record && hello_bytes_ >= record_head_bytes && hello_[3] == 0 && hello_[4] < 4)
        return true;
    if (hello_bytes_ < hello_.size()) return false;
    waits_for_hello_ = false;
    auto const length = std::size_t{hello_[6]} << 16 | std::size_t{hello_[7]} << 8 | hello_[8];
    return hello_[0] == handshake_record && length > most_of_hello;
}

}  // namespace tollgate::net
