// All targets. A new one is a file, a line here and a line in CMakeLists.txt; its seeds are corpus/<name>/, and words
// that help it are in <name>.dict.
#pragma once

#include <array>
#include <string_view>

namespace tollgate::fuzz {

void try_target(std::string_view input);
void try_chunked(std::string_view input);
void try_framing(std::string_view input);
void try_request(std::string_view input);
void try_response(std::string_view input);
void try_form(std::string_view input);
void try_json(std::string_view input);
void try_token(std::string_view input);
void try_settings(std::string_view input);
void try_exchange(std::string_view input);
void try_proxy(std::string_view input);

struct Target {
    std::string_view name;
    void (*run)(std::string_view input);
};

inline constexpr std::array targets{
    Target{"target", try_target},     Target{"chunked", try_chunked},   Target{"framing", try_framing},
    Target{"request", try_request},   Target{"response", try_response}, Target{"form", try_form},
    Target{"json", try_json},         Target{"token", try_token},       Target{"settings", try_settings},
    Target{"exchange", try_exchange}, Target{"proxy", try_proxy},
};

}  // namespace tollgate::fuzz
