#include "net/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace tollgate::net {
namespace {

constexpr std::size_t most_file_bytes = 1024 * 1024;
constexpr std::array<unsigned char, 9> http_1_1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};  // as ALPN writes it
constexpr char const* ciphers_of_1_2 = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr char const* groups = "X25519:P-256:P-384";

template <auto release>
struct Release {
    template <class T>
    void operator()(T* held) const noexcept {
        release(held);
    }
};
using BioPtr = std::unique_ptr<BIO, Release<BIO_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Release<GENERAL_NAMES_free>>;
using FilePtr = std::unique_ptr<std::FILE, Release<std::fclose>>;

TlsContext const& context_of(SSL* session) {
    return *static_cast<TlsContext const*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(session)));
}

std::string lower(std::string_view text) {
    std::string folded(text);
    std::ranges::transform(folded, folded.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return folded;
}

// The whole file; a sentence that says why not. Wiped by whoever reads a key from it.
std::expected<std::string, std::string> content_of(std::string const& file, std::string_view what) {
    errno = 0;
    FilePtr const open(std::fopen(file.c_str(), "rbe"));
    std::string text;
    std::array<char, 4096> block{};
    while (open && text.size() <= most_file_bytes) {
        auto const count = std::fread(block.data(), 1, block.size(), open.get());
        if (count == 0) break;
        text.append(block.data(), count);
    }
    OPENSSL_cleanse(block.data(), block.size());
    if (text.size() > most_file_bytes) return std::unexpected(fmt::format("the {} `{}` is over 1 MiB", what, file));
    if (!open || std::ferror(open.get()) != 0) {
        return std::unexpected(
            fmt::format("cannot read the {} `{}`: {}", what, file, std::generic_category().message(errno)));
    }
    return text;
}

BioPtr memory_of(std::string const& text) {
    return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Nobody sits at a terminal to be asked for one.
int no_passphrase(char*, int, int, void*) { return -1; }

std::vector<X509*> read_certificates(std::string const& text) {
    std::vector<X509*> all;
    auto const memory = memory_of(text);
    while (auto* const one = PEM_read_bio_X509(memory.get(), nullptr, no_passphrase, nullptr)) all.push_back(one);
    return all;
}

std::expected<void, std::string> use_certificate(SSL_CTX* context, std::string const& file) {
    auto const text = content_of(file, "certificate");
    if (!text) return std::unexpected(text.error());
    auto const chain = read_certificates(*text);
    bool used = !chain.empty() && SSL_CTX_use_certificate(context, chain.front()) == 1;
    for (std::size_t i = 0; i < chain.size(); ++i) {
        if (used && i > 0) used = SSL_CTX_add1_chain_cert(context, chain[i]) == 1;
        X509_free(chain[i]);
    }
    if (used) return {};
    return std::unexpected(fmt::format("`{}` holds no certificate, in PEM, that can be used", file));
}

std::expected<void, std::string> use_key(SSL_CTX* context, CertificateFiles const& files) {
    auto text = content_of(files.key, "key");
    if (!text) return std::unexpected(text.error());
    KeyPtr const key(PEM_read_bio_PrivateKey(memory_of(*text).get(), nullptr, no_passphrase, nullptr));
    OPENSSL_cleanse(text->data(), text->size());
    if (!key)
        return std::unexpected(fmt::format("`{}` holds no private key, in PEM and without a passphrase", files.key));
    if (SSL_CTX_use_PrivateKey(context, key.get()) == 1 && SSL_CTX_check_private_key(context) == 1) return {};
    return std::unexpected(fmt::format("the key `{}` does not fit the certificate `{}`", files.key, files.certificate));
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
    return use_ticket_key(context_of(session).tickets(), name, iv, cipher, mac, sealing);
}

// True when OpenSSL took everything: what it was built without cannot be set.
bool set_rules(SSL_CTX* context, TlsOptions const& options) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA | SSL_OP_SINGLE_ECDH_USE);
    SSL_CTX_set_mode(context,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(context, std::chrono::seconds(TicketKeys::life).count());
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, use_ticket);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
    SSL_CTX_set_tlsext_servername_callback(context, choose_certificate);
    int const least = options.least == TlsVersion::tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;
    return SSL_CTX_set_min_proto_version(context, least) == 1 &&
           SSL_CTX_set_cipher_list(context, ciphers_of_1_2) == 1 && SSL_CTX_set1_groups_list(context, groups) == 1;
}

}  // namespace

void TlsContext::Free::operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }

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
    ContextPtr context(SSL_CTX_new(TLS_server_method()));
    if (!context || !set_rules(context.get(), options)) return std::unexpected("OpenSSL cannot speak TLS as it must");
    SSL_CTX_set_app_data(context.get(), this);
    if (auto used = use_certificate(context.get(), files.certificate); !used) return used;
    if (auto used = use_key(context.get(), files); !used) return used;
    for (auto const& name : files.names.empty() ? names_in(context.get()) : files.names)
        by_name_.try_emplace(lower(name), context.get());  // of two certificates for one name the first wins
    contexts_.push_back(std::move(context));
    return {};
}

// A ticket is good only for who would ask for the same certificates again: what is asked for is part of a session's
// context.
std::expected<void, std::string> TlsContext::ask_for_client_certificate(TlsOptions const& options) {
    auto asked = std::to_string(static_cast<int>(options.client_certificate));
    if (options.client_certificate != ClientCertificate::none) {
        auto const text = content_of(options.client_ca, "file of client_ca");
        if (!text) return std::unexpected(text.error());
        asked += *text;
    }
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<unsigned char const*>(asked.data()), asked.size(), digest.data());
    for (auto const& context : contexts_) {
        SSL_CTX_set_session_id_context(context.get(), digest.data(), digest.size());
        if (options.client_certificate == ClientCertificate::none) continue;
        auto* const names = SSL_load_client_CA_file(options.client_ca.c_str());
        if (names) SSL_CTX_set_client_CA_list(context.get(), names);  // takes them
        if (!names || SSL_CTX_load_verify_file(context.get(), options.client_ca.c_str()) != 1)
            return std::unexpected(
                fmt::format("`{}` holds no certificates, in PEM, that can be used", options.client_ca));
        bool const required = options.client_certificate == ClientCertificate::required;
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
    }
    return {};
}

SSL_CTX* TlsContext::for_name(std::string_view name) const {
    auto folded = lower(name);
    if (auto const exact = by_name_.find(folded); exact != by_name_.end()) return exact->second;
    if (auto const dot = folded.find('.'); dot != std::string::npos && dot > 0) {
        folded.replace(0, dot, "*");
        if (auto const any = by_name_.find(folded); any != by_name_.end()) return any->second;
    }
    return first();
}

}  // namespace tollgate::net
