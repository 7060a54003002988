#include "base/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace tollgate::log {
namespace {

spdlog::logger& logger() {
    static std::shared_ptr<spdlog::logger> const instance = [] {
        auto made = std::make_shared<spdlog::logger>("tollgate", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
        made->flush_on(spdlog::level::debug);
        return made;
    }();
    return *instance;
}

spdlog::string_view_t view(std::string_view line) { return {line.data(), line.size()}; }

}  // namespace

void set_level(Level least) {
    constexpr spdlog::level::level_enum levels[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                                    spdlog::level::err};
    logger().set_level(levels[static_cast<int>(least)]);
}

void info(std::string_view line) { logger().info(view(line)); }
void warning(std::string_view line) { logger().warn(view(line)); }
void error(std::string_view line) { logger().error(view(line)); }

void thrown(std::string_view who, std::exception_ptr const& what) {
    try {
        std::rethrow_exception(what);
    } catch (std::exception const& bug) {
        error(fmt::format("{} threw: {}", who, bug.what()));
    } catch (...) {
        error(fmt::format("{} threw what is no std::exception", who));
    }
}

}  // namespace tollgate::log
