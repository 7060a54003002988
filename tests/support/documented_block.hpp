// The block of a plugin that config/tollgate.yaml shows as a comment, as the YAML that it is without the comment signs:
// what an operator gets who takes them away.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace tollgate::testing {

inline std::string documented_block(std::string_view plugin) {
    std::ifstream file(std::filesystem::path(TOLLGATE_SOURCE_DIR) / "config" / "tollgate.yaml");
    auto const first = "  # " + std::string(plugin) + ":";
    std::string block;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line == first) inside = true;
        else if (inside && line.starts_with("  #   ")) block += line.substr(4) + '\n';
        else inside = false;
    }
    return block;
}

}  // namespace tollgate::testing
