// Large bodies in which every byte has its place, and a plugin that looks at them.
#pragma once

#include "plugin/plugin.hpp"
#include "plugin/plugin_type.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tollgate::testing {

inline constexpr std::size_t MiB = 1024 * 1024;

// `size` bytes in which no piece is like another.
[[nodiscard]] inline std::string bulk(std::size_t size) {
    std::string made(size, '\0');
    std::uint64_t state = 88172645463325252;
    for (char& byte : made) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        byte = static_cast<char>(state);
    }
    return made;
}

// Counts what it sees of bodies.
class Observer final : public plugin::RequestBodyHook, public plugin::ResponseBodyHook {
public:
    static constexpr std::string_view name = "observer";
    static constexpr std::string_view summary = "for tests";
    static inline std::atomic<std::size_t> requests{0};   // bytes
    static inline std::atomic<std::size_t> responses{0};  // bytes

    static settings::Checked<std::unique_ptr<Observer>> make(plugin::Setup&) { return std::make_unique<Observer>(); }

    plugin::Flow on_request_body(plugin::Exchange&, plugin::Chunk chunk) const override {
        requests += chunk.size();
        return plugin::Flow::go;
    }
    plugin::Flow on_response_body(plugin::Exchange&, plugin::Chunk chunk) const override {
        responses += chunk.size();
        return plugin::Flow::go;
    }
};

}  // namespace tollgate::testing
