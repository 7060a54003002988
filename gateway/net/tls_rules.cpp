#include "net/tls_rules.hpp"

#include "base/file.hpp"
#include "base/secret.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <fmt/format.h>

#include <cstddef>

namespace tollgate::net {
namespace {

constexpr std::size_t most_file_bytes = 1024 * 1024;
constexpr char const* ciphers_of_1_2 = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr char const* groups = "X25519:P-256:P-384";

using BioPtr = std::unique_ptr<BIO, Release<BIO_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;

BioPtr memory_of(std::string const& text) {
    return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Nobody sits at a terminal to be asked for one.
int no_passphrase(char*, int, int, void*) { return -1; }

}  // namespace

void FreeTls::operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
void FreeTls::operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
void FreeTls::operator()(X509* certificate) const noexcept { X509_free(certificate); }

bool set_common_rules(SSL_CTX* context, TlsVersion least) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);  // a record in one system call, not two
    // A peer could send one record after the other that is no data: one step takes one of them.
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
    int const version = least == TlsVersion::tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;
    return SSL_CTX_set_min_proto_version(context, version) == 1 &&
           SSL_CTX_set_cipher_list(context, ciphers_of_1_2) == 1 && SSL_CTX_set1_groups_list(context, groups) == 1;
}

std::expected<std::string, std::string> read_tls_file(std::string const& file, std::string_view what) {
    auto text = read_file(file, most_file_bytes);
    if (!text) return std::unexpected(fmt::format("the {} `{}` {}", what, file, text.error()));
    return text;
}

std::vector<CertificatePtr> read_certificates(std::string const& text) {
    std::vector<CertificatePtr> all;
    auto const memory = memory_of(text);
    while (auto* const one = PEM_read_bio_X509(memory.get(), nullptr, no_passphrase, nullptr)) all.emplace_back(one);
    return all;
}

std::string no_certificates_in(std::string const& file) {
    return fmt::format("`{}` holds no certificates, in PEM, that can be used", file);
}

std::expected<void, std::string> use_certificate(SSL_CTX* context, CertificateFiles const& files) {
    auto const text = read_tls_file(files.certificate, "certificate");
    if (!text) return std::unexpected(text.error());
    auto const chain = read_certificates(*text);
    bool used = !chain.empty() && SSL_CTX_use_certificate(context, chain.front().get()) == 1;
    for (std::size_t i = 1; used && i < chain.size(); ++i) used = SSL_CTX_add1_chain_cert(context, chain[i].get()) == 1;
    if (used) return {};
    return std::unexpected(fmt::format("`{}` holds no certificate, in PEM, that can be used", files.certificate));
}

std::expected<void, std::string> use_key(SSL_CTX* context, CertificateFiles const& files) {
    auto text = read_tls_file(files.key, "key");
    if (!text) return std::unexpected(text.error());
    KeyPtr const key(PEM_read_bio_PrivateKey(memory_of(*text).get(), nullptr, no_passphrase, nullptr));
    tollgate::wipe(*text);
    if (!key)
        return std::unexpected(fmt::format("`{}` holds no private key, in PEM and without a passphrase", files.key));
    if (SSL_CTX_use_PrivateKey(context, key.get()) == 1 && SSL_CTX_check_private_key(context) == 1) return {};
    return std::unexpected(fmt::format("the key `{}` does not fit the certificate `{}`", files.key, files.certificate));
}

}  // namespace tollgate::net
