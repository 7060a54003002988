#include "net/tls_session.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace tollgate::net {
namespace {

constexpr std::size_t record_bytes = SSL3_RT_MAX_PLAIN_LENGTH;

TlsHandshake result_of(unsigned long error) noexcept {
    if (ERR_GET_LIB(error) != ERR_LIB_SSL) return TlsHandshake::failed;
    switch (ERR_GET_REASON(error)) {
        case SSL_R_HTTP_REQUEST:
        case SSL_R_HTTPS_PROXY_REQUEST: return TlsHandshake::plain_http;
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_VERSION_TOO_LOW:
        case SSL_R_WRONG_SSL_VERSION:
        case SSL_R_UNKNOWN_PROTOCOL: return TlsHandshake::old_version;
        case SSL_R_NO_SHARED_CIPHER:
        case SSL_R_NO_SUITABLE_KEY_SHARE:
        case SSL_R_NO_SHARED_GROUPS:
        case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
        case SSL_R_NO_APPLICATION_PROTOCOL: return TlsHandshake::nothing_in_common;
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        case SSL_R_CERTIFICATE_VERIFY_FAILED: return TlsHandshake::client_certificate;
        case SSL_R_UNEXPECTED_EOF_WHILE_READING: return TlsHandshake::peer_gone;
        default: return TlsHandshake::failed;
    }
}

constexpr std::string_view no_common_protocol = "it has no protocol in common with us";

bool is_alert(unsigned long error) noexcept {
    return ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) > SSL_AD_REASON_OFFSET;
}

// A server that answers ALPN with something else would be spoken to in a language that it does not understand; one that
// does not know ALPN is taken to speak HTTP/1.1.
bool speaks_http_1_1(SSL const* session) noexcept {
    unsigned char const* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(session, &chosen, &size);
    return size == 0 || std::ranges::equal(std::span(chosen, size), std::span(http_1_1).subspan(1));
}

// Why a certificate was not believed.
std::string_view problem_of_certificate(long verified) noexcept {
    switch (verified) {
        case X509_V_ERR_CERT_HAS_EXPIRED: return "its certificate has expired";
        case X509_V_ERR_CERT_NOT_YET_VALID: return "its certificate is not valid yet";
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return "its certificate is self-signed and not in `ca`";
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: return "nobody who is trusted has issued its certificate";
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH: return "its certificate is for another name";
        default: return X509_verify_cert_error_string(verified);
    }
}

// Why a server and we did not come together.
std::string_view problem_of(unsigned long error, long verified) noexcept {
    if (ERR_GET_LIB(error) != ERR_LIB_SSL) return "it broke off in the handshake";
    switch (ERR_GET_REASON(error)) {
        case SSL_R_CERTIFICATE_VERIFY_FAILED: return problem_of_certificate(verified);
        case SSL_R_UNEXPECTED_EOF_WHILE_READING: return "it broke off in the handshake";
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_HTTP_REQUEST:
        case SSL_R_PACKET_LENGTH_TOO_LONG: return "it does not speak TLS: plain HTTP on this port?";
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
        case SSL_R_NO_PROTOCOLS_AVAILABLE:
        case SSL_R_BAD_EXTENSION:  // such as a protocol (ALPN) that was not offered
        case SSL_AD_REASON_OFFSET + SSL_AD_NO_APPLICATION_PROTOCOL:
        case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE: return no_common_protocol;
        case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: return "it wants a certificate of ours, and got none";
        case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
        case SSL_R_TLSV1_ALERT_UNKNOWN_CA: return "it does not accept our certificate";
        case SSL_R_TLSV1_UNRECOGNIZED_NAME: return "it does not know the name that it is asked for";
        default: break;
    }
    return is_alert(error) ? "it refused with an alert" : "it does not speak TLS as it should";
}

std::size_t bytes_in(Gather const& gather) noexcept {
    std::size_t total = 0;
    for (auto const& piece : gather.pieces()) total += piece.iov_len;
    return total;
}

void const* first_byte(Gather const& gather) noexcept {
    return gather.empty() ? nullptr : gather.pieces().front().iov_base;
}

// What goes into the next record: the first piece when it fills one or is alone, else as many as fit, copied together.
std::string_view next_record(Gather const& gather, std::span<char, record_bytes> room) noexcept {
    auto const pieces = gather.pieces();
    auto const* const first = static_cast<char const*>(first_byte(gather));
    if (pieces.size() == 1 || pieces.front().iov_len >= record_bytes)
        return {first, std::min(pieces.front().iov_len, record_bytes)};
    std::size_t used = 0;
    for (auto const& piece : pieces) {
        auto const count = std::min(piece.iov_len, record_bytes - used);
        std::memcpy(room.data() + used, piece.iov_base, count);
        used += count;
    }
    return {room.data(), used};
}

}  // namespace

std::string_view word_for(TlsHandshake result) noexcept {
    switch (result) {
        case TlsHandshake::full: return "full";
        case TlsHandshake::resumed: return "resumed";
        case TlsHandshake::timed_out: return "timed_out";
        case TlsHandshake::peer_gone: return "client_gone";
        case TlsHandshake::plain_http: return "plain_http";
        case TlsHandshake::old_version: return "old_version";
        case TlsHandshake::nothing_in_common: return "nothing_in_common";
        case TlsHandshake::client_certificate: return "client_certificate";
        case TlsHandshake::failed: return "failed";
        case TlsHandshake::cancelled: return "cancelled";
    }
    return "failed";
}

void TlsSession::Free::operator()(SSL* session) const noexcept { SSL_free(session); }

TlsSession::~TlsSession() = default;

std::unique_ptr<TlsSession> TlsSession::accept(TlsContext const& context, Socket& socket) {
    auto made = begin(context.first(), socket, TlsWire::Role::server);
    if (made) SSL_set_accept_state(made->session_.get());
    return made;
}

std::unique_ptr<TlsSession> TlsSession::connect(std::shared_ptr<TlsTarget> target, Socket& socket) {
    auto made = begin(target->context().get(), socket, TlsWire::Role::client);
    if (!made) return nullptr;
    made->target_ = std::move(target);
    SSL_set_connect_state(made->session_.get());
    if (!made->target_->prepare(made->session_.get())) {
        made->problem_ = "OpenSSL cannot ask for its name";
        made->broken_ = true;
        ERR_clear_error();
    }
    return made;
}

std::unique_ptr<TlsSession> TlsSession::begin(SSL_CTX* context, Socket& socket, TlsWire::Role role) {
    auto* const session = SSL_new(context);
    if (!session) return nullptr;
    std::unique_ptr<TlsSession> made(new TlsSession(session, socket, role));
    if (!made->wire_.attach_to(session)) return nullptr;
    SSL_set_app_data(session, made.get());
    SSL_set_info_callback(session, watch_alerts);
    return made;
}

// A peer that wants to negotiate anew is told no by OpenSSL, and could go on asking for ever.
void TlsSession::watch_alerts(SSL const* session, int where, int value) {
    if (where != SSL_CB_WRITE_ALERT || (value & 0xff) != SSL_AD_NO_RENEGOTIATION) return;
    static_cast<TlsSession*>(SSL_get_app_data(session))->broken_ = true;
}

TlsSession::Step TlsSession::shake_hands() {
    if (broken_) return Step::failed;
    ERR_clear_error();
    wire_.allow(TlsWire::most_of_handshake_step);
    int const outcome = SSL_do_handshake(session_.get());
    if (outcome == 1) return shaken();
    switch (SSL_get_error(session_.get(), outcome)) {
        case SSL_ERROR_WANT_READ: read_wants_ = Want::reading; return Step::waits;
        case SSL_ERROR_WANT_WRITE: read_wants_ = Want::writing; return Step::waits;
        case SSL_ERROR_SYSCALL: result_ = wire_.refused() ? TlsHandshake::failed : TlsHandshake::peer_gone; break;
        default: result_ = result_of(ERR_peek_error());
    }
    if (target_) {
        problem_ = problem_of(ERR_peek_error(), SSL_get_verify_result(session_.get()));
        target_->forget();  // whatever it is, it is not to happen again because of an old session
    }
    broken_ = true;
    ERR_clear_error();
    return Step::failed;
}

TlsSession::Step TlsSession::shaken() {
    wire_.was_useful();
    result_ = SSL_session_reused(session_.get()) == 1 ? TlsHandshake::resumed : TlsHandshake::full;
    if (!target_ || speaks_http_1_1(session_.get())) return Step::done;
    result_ = TlsHandshake::nothing_in_common;
    problem_ = no_common_protocol;
    broken_ = true;
    return Step::failed;
}

// What a call of OpenSSL came to that moved `count` bytes, or none.
Result<std::size_t> TlsSession::moved(int outcome, std::size_t count, Want& wants) {
    if (broken_) return failure(errc::connection_reset);
    if (outcome == 1) return count;
    switch (SSL_get_error(session_.get(), outcome)) {
        case SSL_ERROR_WANT_READ: wants = Want::reading; return 0;
        case SSL_ERROR_WANT_WRITE: wants = Want::writing; return 0;
        case SSL_ERROR_ZERO_RETURN: return failure(errc::end_of_stream);
        default: break;
    }
    auto const why = broken_by(ERR_peek_error());
    broken_ = true;
    ERR_clear_error();
    return failure(why);
}

errc TlsSession::broken_by(unsigned long error) {
    if (!target_ || heard_ || !is_alert(error)) return errc::connection_reset;
    problem_ = problem_of(error, X509_V_OK);
    return errc::upstream_tls;
}

Result<std::size_t> TlsSession::read_some(std::span<char> into) {
    if (broken_) return failure(errc::connection_reset);
    ERR_clear_error();
    wire_.allow(TlsWire::most_of_step);
    std::size_t count = 0;
    int const outcome = SSL_read_ex(session_.get(), into.data(), into.size(), &count);
    if (count > 0) wire_.was_useful();
    heard_ = heard_ || count > 0;
    auto const read = moved(outcome, count, read_wants_);
    starved_ = read == 0U && wire_.came_short();
    return read;
}

Result<std::size_t> TlsSession::write_record(std::string_view plain) {
    ERR_clear_error();
    wire_.allow(TlsWire::most_of_step);  // the middle of a message of TLS itself may have to be read first
    std::size_t count = 0;
    int const outcome = SSL_write_ex(session_.get(), plain.data(), plain.size(), &count);
    return moved(outcome, count, write_wants_);
}

Result<std::size_t> TlsSession::write_some(Gather& gather) {
    if (broken_) return failure(errc::connection_reset);
    auto const all = bytes_in(gather);
    if (half_sent_.begin && half_sent_ != HalfSent{first_byte(gather), all}) {
        broken_ = true;  // the record that is half sent cannot be made again
        return failure(errc::connection_reset);
    }
    half_sent_ = {};
    std::array<char, record_bytes> room;
    while (!gather.empty()) {
        auto const sent = write_record(next_record(gather, room));
        if (!sent) {
            if (bytes_in(gather) == all) return std::unexpected(sent.error());
            break;  // what is out counts: the peer may have read it. The next call tells of the rest
        }
        if (*sent == 0) {
            half_sent_ = {first_byte(gather), bytes_in(gather)};
            break;
        }
        gather.advance(*sent);
    }
    return all - bytes_in(gather);
}

bool TlsSession::has_unread() const noexcept {
    return SSL_pending(session_.get()) > 0 || (!starved_ && has_half_a_record());
}

bool TlsSession::has_half_a_record() const noexcept { return SSL_has_pending(session_.get()) == 1; }

TlsSession::Heard TlsSession::listen() {
    if (broken_) return Heard::end;
    ERR_clear_error();
    wire_.allow(TlsWire::most_of_step);
    char first = 0;
    std::size_t count = 0;
    int const outcome = SSL_peek_ex(session_.get(), &first, 1, &count);
    auto const heard = moved(outcome, count, read_wants_);
    starved_ = heard == 0U && wire_.came_short();
    if (!heard) return Heard::end;
    return *heard > 0 ? Heard::something : Heard::nothing;
}

TlsSession::Step TlsSession::say_goodbye() {
    if (broken_ || half_sent_.begin) return Step::failed;
    ERR_clear_error();
    int const outcome = SSL_shutdown(session_.get());
    if (outcome >= 0) return Step::done;  // ours is out; the peer's is not waited for
    auto const why = SSL_get_error(session_.get(), outcome);
    ERR_clear_error();
    return why == SSL_ERROR_WANT_WRITE ? Step::waits : Step::failed;
}

}  // namespace tollgate::net
