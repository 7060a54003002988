#include "net/tls_context.hpp"

#include "base/characters.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>

namespace tollgate::net {
namespace {

using NamesPtr = std::unique_ptr<GENERAL_NAMES, Release<GENERAL_NAMES_free>>;

TlsContext const& context_of(SSL* session) {
    return *static_cast<TlsContext const*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(session)));
}

// The DNS names that a certificate is for (RFC 9525: its subject's name is none).
std::vector<std::string> names_in(SSL_CTX* context) {
    std::vector<std::string> names;
    NamesPtr const all(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(SSL_CTX_get0_certificate(context), NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
        auto const* const name = sk_GENERAL_NAME_value(all.get(), i);
        if (name->type != GEN_DNS) continue;
        auto const* const text = ASN1_STRING_get0_data(name->d.dNSName);
        names.emplace_back(reinterpret_cast<char const*>(text),
                           static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    }
    return names;
}

int choose_protocol(SSL*, unsigned char const** chosen, unsigned char* size, unsigned char const* offered,
                    unsigned offered_size, void*) {
    auto* found = const_cast<unsigned char*>(*chosen);
    bool const common = SSL_select_next_proto(&found, size, http_1_1.data(), http_1_1.size(), offered, offered_size) ==
                        OPENSSL_NPN_NEGOTIATED;
    if (!common) return SSL_TLSEXT_ERR_ALERT_FATAL;  // RFC 7301, section 3.2
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

int choose_certificate(SSL* session, int*, void*) {
    auto const* const name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
    if (!name) return SSL_TLSEXT_ERR_NOACK;
    auto* const chosen = context_of(session).for_name(name);
    if (chosen != SSL_get_SSL_CTX(session)) SSL_set_SSL_CTX(session, chosen);
    return SSL_TLSEXT_ERR_OK;
}

int use_ticket(SSL* session, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
               int sealing) {
    int const answer = use_ticket_key(context_of(session).tickets(), name, iv, cipher, mac, sealing);
    // In TLS 1.3 each is for one use (RFC 8446, appendix C.4): who comes with one gets another.
    bool const used_up = answer == ticket_is_good && sealing == 0 && SSL_version(session) >= TLS1_3_VERSION;
    return used_up ? ticket_is_good_but_old : answer;
}

// True when OpenSSL took everything: what it was built without cannot be set.
bool set_rules(SSL_CTX* context, TlsOptions const& options) {
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA | SSL_OP_SINGLE_ECDH_USE);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(context, std::chrono::seconds(TicketKeys::life).count());
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, use_ticket);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
    SSL_CTX_set_tlsext_servername_callback(context, choose_certificate);
    return set_common_rules(context, options.least);
}

}  // namespace

TlsContext::~TlsContext() = default;

std::expected<std::shared_ptr<TlsContext const>, TlsContext::Problem> TlsContext::create(
    TlsOptions const& options, std::shared_ptr<TicketKeys> tickets) {
    std::shared_ptr<TlsContext> made(new TlsContext(std::move(tickets)));
    for (std::size_t i = 0; i < options.certificates.size(); ++i) {
        auto const added = made->add(options.certificates[i], options);
        ERR_clear_error();
        if (!added) return std::unexpected(Problem{i, added.error()});
    }
    auto const asked = made->ask_for_client_certificate(options);
    ERR_clear_error();
    if (!asked) return std::unexpected(Problem{Problem::client_ca, asked.error()});
    return made;
}

std::expected<void, std::string> TlsContext::add(CertificateFiles const& files, TlsOptions const& options) {
    TlsContextPtr context(SSL_CTX_new(TLS_server_method()));
    if (!context || !set_rules(context.get(), options)) return std::unexpected("OpenSSL cannot speak TLS as it must");
    SSL_CTX_set_app_data(context.get(), this);
    if (auto used = use_certificate(context.get(), files); !used) return used;
    if (auto used = use_key(context.get(), files); !used) return used;
    for (auto const& name : files.names.empty() ? names_in(context.get()) : files.names)
        by_name_.try_emplace(lowered(name), context.get());  // of two certificates for one name the first wins
    contexts_.push_back(std::move(context));
    return {};
}

// No tickets then, and none is taken: nobody would look at a certificate again that has expired or is not believed any
// more, and each resumption would begin a new hour.
std::expected<void, std::string> TlsContext::ask_for_client_certificate(TlsOptions const& options) {
    if (options.client_certificate == ClientCertificate::none) return {};
    if (auto const text = read_tls_file(options.client_ca, "file of client_ca"); !text)
        return std::unexpected(text.error());
    for (auto const& context : contexts_) {
        SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET);
        if (SSL_CTX_set_num_tickets(context.get(), 0) != 1) return std::unexpected("OpenSSL gives tickets");
        auto* const names = SSL_load_client_CA_file(options.client_ca.c_str());
        if (names) SSL_CTX_set_client_CA_list(context.get(), names);  // takes them
        if (!names || SSL_CTX_load_verify_file(context.get(), options.client_ca.c_str()) != 1)
            return std::unexpected(no_certificates_in(options.client_ca));
        bool const required = options.client_certificate == ClientCertificate::required;
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
    }
    return {};
}

SSL_CTX* TlsContext::for_name(std::string_view name) const {
    auto folded = lowered(name);
    if (auto const exact = by_name_.find(folded); exact != by_name_.end()) return exact->second;
    if (auto const dot = folded.find('.'); dot != std::string::npos && dot > 0) {
        folded.replace(0, dot, "*");
        if (auto const any = by_name_.find(folded); any != by_name_.end()) return any->second;
    }
    return first();
}

}  // namespace tollgate::net
