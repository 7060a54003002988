#include "net/tls_client.hpp"

#include "base/host_name.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace tollgate::net {
namespace {

std::expected<void, std::string> believe(SSL_CTX* context, std::string const& file) {
    auto* const store = SSL_CTX_get_cert_store(context);
    if (file.empty()) {
        if (SSL_CTX_set_default_verify_paths(context) == 1) return {};
        return std::unexpected("the system's certificates of authorities cannot be read");
    }
    auto const text = read_tls_file(file, "file of ca");
    if (!text) return std::unexpected(text.error());
    auto const authorities = read_certificates(*text);
    bool usable = !authorities.empty();
    for (auto const& one : authorities) usable = usable && X509_STORE_add_cert(store, one.get()) == 1;
    if (!usable) return std::unexpected(no_certificates_in(file));
    // What the file holds is believed whether it signed itself or not.
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    return {};
}

// Where a session says which target it belongs to.
int place_of_target() noexcept {
    static int const place = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return place;
}

// OpenSSL's call with a session that can be resumed. The copy is ours alone: OpenSSL spoils its own when the connection
// ends without a word.
int keep_state(SSL* session, SSL_SESSION* state) {
    auto* const target = static_cast<TlsTarget*>(SSL_get_ex_data(session, place_of_target()));
    if (auto* const copy = target ? SSL_SESSION_dup(state) : nullptr) target->keep(TlsStatePtr(copy));
    return 0;
}

std::expected<void, std::string> prepare(SSL_CTX* context, TlsClientOptions const& options) {
    if (!context || !set_common_rules(context, options.least) ||
        SSL_CTX_set_alpn_protos(context, http_1_1.data(), http_1_1.size()) != 0)
        return std::unexpected("OpenSSL cannot speak TLS as it must");
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, keep_state);
    SSL_CTX_set_verify(context, options.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    if (options.verify) {
        if (auto believed = believe(context, options.ca); !believed) return believed;
    }
    if (options.certificate.empty()) return {};
    CertificateFiles const own{options.certificate, options.key, {}};
    if (auto used = use_certificate(context, own); !used) return used;
    return use_key(context, own);
}

bool is_ipv4(std::string const& text) {
    in_addr address{};
    return ::inet_pton(AF_INET, text.c_str(), &address) == 1;
}

// A name in full ends with a dot; no certificate has it (RFC 6066, section 3).
std::string without_final_dot(std::string name) {
    if (name.ends_with('.')) name.pop_back();
    return name;
}

}  // namespace

std::expected<std::shared_ptr<TlsClientContext const>, std::string> TlsClientContext::create(
    TlsClientOptions const& options) {
    TlsContextPtr context(SSL_CTX_new(TLS_client_method()));
    auto const prepared = prepare(context.get(), options);
    ERR_clear_error();
    if (!prepared) return std::unexpected(prepared.error());
    return std::shared_ptr<TlsClientContext const>(new TlsClientContext(std::move(context)));
}

TlsTarget::TlsTarget(std::shared_ptr<TlsClientContext const> context, std::string name)
    : context_(std::move(context)), name_(without_final_dot(std::move(name))) {}

// The name is checked when the certificate is, and only against the names that stand there as such (RFC 9525).
bool TlsTarget::prepare(SSL* session) {
    auto* const rules = SSL_get0_param(session);
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (is_ipv6(name_) || is_ipv4(name_)) {
        if (X509_VERIFY_PARAM_set1_ip_asc(rules, name_.c_str()) != 1) return false;
    } else if (X509_VERIFY_PARAM_set1_host(rules, name_.data(), name_.size()) != 1 ||
               SSL_set_tlsext_host_name(session, name_.c_str()) != 1) {
        return false;
    }
    if (SSL_set_ex_data(session, place_of_target(), this) != 1) return false;
    auto const known = take();
    return !known || SSL_set_session(session, known.get()) == 1;
}

// The freshest session that can be resumed, or null. One of TLS 1.3 is given once (RFC 8446, appendix C.4); none is
// given whose certificate has expired since: nobody would look at it again.
TlsStatePtr TlsTarget::take() {
    while (!sessions_.empty()) {
        auto freshest = std::move(sessions_.back());
        sessions_.pop_back();
        auto const* const certificate = SSL_SESSION_get0_peer(freshest.get());
        bool const in_date = certificate && X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0;
        if (!in_date || SSL_SESSION_is_resumable(freshest.get()) != 1) continue;
        if (SSL_SESSION_get_protocol_version(freshest.get()) >= TLS1_3_VERSION) return freshest;
        // OpenSSL spoils the one that it is given when that connection ends without a word.
        TlsStatePtr copy(SSL_SESSION_dup(freshest.get()));
        sessions_.push_back(std::move(freshest));
        return copy;
    }
    return nullptr;
}

void TlsTarget::keep(TlsStatePtr session) {
    sessions_.push_back(std::move(session));
    if (sessions_.size() > most_sessions) sessions_.pop_front();
}

}  // namespace tollgate::net
