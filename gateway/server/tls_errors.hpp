// Whether the files that the settings name for TLS, towards clients and towards servers, can be used.
#pragma once

#include "settings/settings.hpp"

namespace tollgate::server {

// Reads them all and keeps nothing. The errors of both sides.
[[nodiscard]] settings::SettingsErrors tls_errors(settings::Settings const& settings);

}  // namespace tollgate::server
