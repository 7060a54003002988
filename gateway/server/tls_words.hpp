// The words of the settings about TLS as the network knows them.
#pragma once

#include "net/tls_context.hpp"
#include "settings/settings.hpp"

namespace tollgate::server {

[[nodiscard]] constexpr net::TlsVersion version_of(settings::TlsVersion least) noexcept {
    switch (least) {
        case settings::TlsVersion::tls_1_2: return net::TlsVersion::tls_1_2;
        case settings::TlsVersion::tls_1_3: break;
    }
    return net::TlsVersion::tls_1_3;
}

[[nodiscard]] constexpr net::ClientCertificate client_certificate_of(settings::ClientAuth wanted) noexcept {
    switch (wanted) {
        case settings::ClientAuth::none: return net::ClientCertificate::none;
        case settings::ClientAuth::optional: return net::ClientCertificate::optional;
        case settings::ClientAuth::required: break;
    }
    return net::ClientCertificate::required;
}

}  // namespace tollgate::server
