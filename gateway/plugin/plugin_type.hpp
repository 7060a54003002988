// The compile-time half of plugin.hpp, which includes it last: from a class to its PluginType.
#pragma once

#include "plugin/plugin.hpp"

#include <concepts>
#include <type_traits>

namespace tollgate::plugin {
namespace detail {

template <class Interface, class T>
Interface* as(T* plugin) noexcept {
    if constexpr (std::derived_from<T, std::remove_const_t<Interface>>) return plugin;
    else return nullptr;
}

template <class T>
Checked<Instance> make_instance(Setup& setup) {
    auto made = T::make(setup);
    if (!made) return std::unexpected(std::move(made).error());
    std::shared_ptr<T> const owner = std::move(*made);
    T* const plugin = owner.get();
    return Instance{
        .owner = owner,
        .preflight = as<PreflightHook const>(plugin),
        .request = as<RequestHook const>(plugin),
        .request_body = as<RequestBodyHook const>(plugin),
        .response = as<ResponseHook const>(plugin),
        .response_body = as<ResponseBodyHook const>(plugin),
        .finish = as<FinishHook const>(plugin),
        .endpoints = as<Endpoints const>(plugin),
        .route_names = as<RouteNames const>(plugin),
        .opening = as<Opening>(plugin),
        .job = as<BackgroundJob const>(plugin),
    };
}

template <class T, class... Interfaces>
concept one_of_interfaces = (std::derived_from<T, Interfaces> || ...);

}  // namespace detail

template <class T>
PluginType plugin_type() {
    static_assert(detail::one_of_interfaces<T, PreflightHook, RequestHook, RequestBodyHook, ResponseHook,
                                            ResponseBodyHook, FinishHook, Endpoints, BackgroundJob>,
                  "a plugin implements at least one interface of plugin/plugin.hpp");
    PluginType type{
        .name = std::string(T::name), .summary = std::string(T::summary), .make = &detail::make_instance<T>};
    if constexpr (requires { T::identity_role; }) type.identity = T::identity_role;
    if constexpr (requires { T::verbs(); }) type.verbs = T::verbs();
    return type;
}

}  // namespace tollgate::plugin
