#include "support/tls.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace tollgate::testing {
namespace {

struct Free {
    void operator()(BIO* held) const noexcept { BIO_free(held); }
    void operator()(X509* held) const noexcept { X509_free(held); }
    void operator()(EVP_PKEY* held) const noexcept { EVP_PKEY_free(held); }
    void operator()(X509_EXTENSION* held) const noexcept { X509_EXTENSION_free(held); }
};
template <class T>
using Ptr = std::unique_ptr<T, Free>;

void must(bool worked, char const* what) {
    if (!worked) throw std::runtime_error(std::string(what) + ": " + ERR_error_string(ERR_peek_error(), nullptr));
}

Ptr<BIO> memory_of(std::string const& text) {
    return Ptr<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}
Ptr<X509> certificate_in(std::string const& pem) {
    return Ptr<X509>(PEM_read_bio_X509(memory_of(pem).get(), nullptr, nullptr, nullptr));
}
Ptr<EVP_PKEY> key_in(std::string const& pem) {
    return Ptr<EVP_PKEY>(PEM_read_bio_PrivateKey(memory_of(pem).get(), nullptr, nullptr, nullptr));
}

template <class Write>
std::string pem_of(Write write) {
    Ptr<BIO> const memory(BIO_new(BIO_s_mem()));
    must(write(memory.get()) == 1, "PEM");
    char* text = nullptr;
    auto const size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

void extend(X509* certificate, int kind, std::string const& value) {
    Ptr<X509_EXTENSION> const extension(X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()));
    must(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

bool write_over(SSL* session, std::string_view bytes) {
    std::size_t sent = 0;
    ERR_clear_error();
    return SSL_write_ex(session, bytes.data(), bytes.size(), &sent) == 1;
}

// More into `pending`; false at the end, and whether that was said.
bool read_over(SSL* session, std::string& pending, bool& ended) {
    std::array<char, 16384> block;
    std::size_t count = 0;
    ERR_clear_error();
    int const outcome = SSL_read_ex(session, block.data(), block.size(), &count);
    if (outcome == 1) {
        pending.append(block.data(), count);
        return true;
    }
    auto const why = SSL_get_error(session, outcome);
    if (why == SSL_ERROR_WANT_READ) throw std::runtime_error("nothing came in time; so far: " + pending);
    ended = why == SSL_ERROR_ZERO_RETURN;
    return false;
}

}  // namespace

CertifiedKey certify(std::string const& name, CertifiedKey const* authority, Validity validity) {
    Ptr<EVP_PKEY> const key(EVP_EC_gen("P-256"));
    Ptr<X509> const made(X509_new());
    must(key && made, "key");
    std::uint64_t serial = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(made.get()), serial >> 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), validity == Validity::now ? 3600 : -60);
    X509_set_pubkey(made.get(), key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<unsigned char const*>(name.c_str()), -1, -1, 0);
    auto const signer = authority ? certificate_in(authority->certificate) : nullptr;
    auto const signing_key = authority ? key_in(authority->key) : nullptr;
    X509_set_issuer_name(made.get(), X509_get_subject_name(signer ? signer.get() : made.get()));
    bool const is_address = name.find_first_not_of("0123456789.") == std::string::npos;
    extend(made.get(), NID_subject_alt_name, (is_address ? "IP:" : "DNS:") + name);
    if (!authority) extend(made.get(), NID_basic_constraints, "critical,CA:TRUE");
    must(X509_sign(made.get(), signing_key ? signing_key.get() : key.get(), EVP_sha256()) > 0, "signature");
    return {pem_of([&](BIO* to) { return PEM_write_bio_X509(to, made.get()); }), pem_of([&](BIO* to) {
                return PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
            })};
}

void write_pair(TempFolder const& folder, std::string const& name, CertifiedKey const& pair) {
    for (auto const& [ending, text] : {std::pair(".pem", pair.certificate), std::pair(".key", pair.key)}) {
        auto const written = folder.write(name + ending + ".new", text);
        std::filesystem::rename(written, folder.path() / (name + ending));
    }
}

void FreeTls::operator()(SSL* session) const noexcept { SSL_free(session); }
void FreeTls::operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
void FreeTls::operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }

TlsSocket::TlsSocket(std::uint16_t port, TlsAsk const& ask) : TlsSocket(Socket::connect(port, ask.address), ask) {}

TlsSocket::TlsSocket(Socket&& connected, TlsAsk const& ask)
    : Socket(std::move(connected)), context_(SSL_CTX_new(TLS_client_method())) {
    ERR_clear_error();
    SSL_CTX_set_security_level(context_.get(), 0);  // that would refuse the old versions before the gateway does
    SSL_CTX_set_min_proto_version(context_.get(), ask.least == 0 ? TLS1_VERSION : ask.least);
    SSL_CTX_set_max_proto_version(context_.get(), ask.most);
    if (ask.own) {
        must(SSL_CTX_use_certificate(context_.get(), certificate_in(ask.own->certificate).get()) == 1, "certificate");
        must(SSL_CTX_use_PrivateKey(context_.get(), key_in(ask.own->key).get()) == 1, "key");
    }
    session_.reset(SSL_new(context_.get()));
    SSL_set_fd(session_.get(), descriptor_);
    SSL_set_msg_callback(session_.get(), count);
    SSL_set_msg_callback_arg(session_.get(), this);
    if (!ask.name.empty()) SSL_set_tlsext_host_name(session_.get(), ask.name.c_str());
    if (!ask.alpn.empty()) {
        auto const offered = std::string(1, static_cast<char>(ask.alpn.size())) + ask.alpn;
        SSL_set_alpn_protos(session_.get(), reinterpret_cast<unsigned char const*>(offered.data()),
                            static_cast<unsigned>(offered.size()));
    }
    if (ask.session) must(SSL_set_session(session_.get(), ask.session) == 1, "session");
    must(SSL_connect(session_.get()) == 1, "handshake");
}

void TlsSocket::count(int writes, int, int type, void const* bytes, std::size_t, SSL*, void* self) {
    bool const is_data =
        type == SSL3_RT_HEADER && *static_cast<unsigned char const*>(bytes) == SSL3_RT_APPLICATION_DATA;
    if (writes == 0 && is_data) ++static_cast<TlsSocket*>(self)->records_;
}

bool TlsSocket::try_send(std::string_view bytes) { return write_over(session_.get(), bytes); }

bool TlsSocket::receive() { return read_over(session_.get(), pending_, ended_); }

void TlsSocket::say_goodbye() { SSL_shutdown(session_.get()); }

bool TlsSocket::update_keys(int times) {
    for (int i = 0; i < times; ++i) {
        if (SSL_key_update(session_.get(), SSL_KEY_UPDATE_NOT_REQUESTED) != 1) return false;
        if (SSL_do_handshake(session_.get()) != 1) return false;
    }
    return true;
}

bool TlsSocket::renegotiate() {
    ERR_clear_error();
    return SSL_renegotiate(session_.get()) == 1 && SSL_do_handshake(session_.get()) == 1;
}

bool TlsSocket::update_key() {
    ERR_clear_error();
    return SSL_key_update(session_.get(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1 && SSL_do_handshake(session_.get()) == 1;
}

std::string TlsSocket::name_of_peer() const {
    std::array<char, 256> name{};
    auto* const subject = X509_get_subject_name(SSL_get0_peer_certificate(session_.get()));
    X509_NAME_get_text_by_NID(subject, NID_commonName, name.data(), name.size());
    return name.data();
}

bool TlsSocket::resumed() const { return SSL_session_reused(session_.get()) == 1; }

SessionPtr TlsSocket::session() const { return SessionPtr(SSL_get1_session(session_.get())); }

std::string TlsSocket::protocol() const {
    unsigned char const* text = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(session_.get(), &text, &size);
    return {reinterpret_cast<char const*>(text), size};
}

TlsPeer::TlsPeer(Socket&& accepted, std::unique_ptr<SSL, FreeTls> session)
    : Socket(std::move(accepted)), session_(std::move(session)) {}

bool TlsPeer::try_send(std::string_view bytes) { return write_over(session_.get(), bytes); }

bool TlsPeer::receive() { return read_over(session_.get(), pending_, ended_); }

void TlsPeer::say_goodbye() { SSL_shutdown(session_.get()); }

void TlsPeer::send_ticket() {
    must(SSL_new_session_ticket(session_.get()) == 1, "ticket");
    must(SSL_do_handshake(session_.get()) == 1, "ticket");
}

bool TlsPeer::resumed() const { return SSL_session_reused(session_.get()) == 1; }

TlsServer::TlsServer(TlsServe const& serve) : alpn_(serve.alpn), context_(SSL_CTX_new(TLS_server_method())) {
    auto* const context = context_.get();
    must(SSL_CTX_use_certificate(context, certificate_in(serve.own.certificate).get()) == 1, "certificate");
    must(SSL_CTX_use_PrivateKey(context, key_in(serve.own.key).get()) == 1, "key");
    SSL_CTX_set_min_proto_version(context, serve.least);
    SSL_CTX_set_max_proto_version(context, serve.most);
    SSL_CTX_set_num_tickets(context, serve.tickets);
    SSL_CTX_set_session_id_context(context, reinterpret_cast<unsigned char const*>("t"), 1);
    if (!alpn_.empty()) SSL_CTX_set_alpn_select_cb(context, answer_alpn, this);
    if (!serve.clients) return;
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate_in(serve.clients->certificate).get());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

int TlsServer::answer_alpn(SSL*, unsigned char const** chosen, unsigned char* size, unsigned char const*, unsigned,
                           void* self) {
    auto const& alpn = static_cast<TlsServer*>(self)->alpn_;
    *chosen = reinterpret_cast<unsigned char const*>(alpn.data());
    *size = static_cast<unsigned char>(alpn.size());
    return SSL_TLSEXT_ERR_OK;
}

TlsPeer TlsServer::accept(Socket&& connected) {
    std::unique_ptr<SSL, FreeTls> session(SSL_new(context_.get()));
    SSL_set_fd(session.get(), connected.descriptor());
    ERR_clear_error();
    must(SSL_accept(session.get()) == 1, "handshake");
    std::scoped_lock const lock(lock_);
    auto const* const name = SSL_get_servername(session.get(), TLSEXT_NAMETYPE_host_name);
    names_.emplace_back(name ? name : "");
    resumed_ += SSL_session_reused(session.get()) == 1 ? 1U : 0U;
    return {std::move(connected), std::move(session)};
}

std::size_t TlsServer::handshakes() const {
    std::scoped_lock const lock(lock_);
    return names_.size();
}

std::size_t TlsServer::resumed() const {
    std::scoped_lock const lock(lock_);
    return resumed_;
}

std::vector<std::string> TlsServer::names() const {
    std::scoped_lock const lock(lock_);
    return names_;
}

}  // namespace tollgate::testing
