#include "support/gateway.hpp"

#include "auth/auth.hpp"
#include "base/base64url.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace tollgate::testing {

std::string token_for(std::string_view subject) {
    auto const now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    auto const claims = R"({"sub":")" + std::string(subject) + R"(","iat":)" + std::to_string(now) + R"(,"exp":)" +
                        std::to_string(now + 3600) + "}";
    auto const signed_part = base64url::encode(R"({"alg":"HS256","typ":"JWT"})") + "." + base64url::encode(claims);
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned size = 0;
    HMAC(EVP_sha256(), token_secret.data(), static_cast<int>(token_secret.size()),
         reinterpret_cast<unsigned char const*>(signed_part.data()), signed_part.size(), mac.data(), &size);
    return signed_part + "." + base64url::encode({reinterpret_cast<char const*>(mac.data()), size});
}

std::string bearer(std::string_view subject) { return "Authorization: Bearer " + token_for(subject) + "\r\n"; }

Gateway::Gateway(std::uint16_t origin_port, GatewayOptions options)
    : origin_port_(origin_port), options_(std::move(options)), plugins_(options_.plugins) {
    std::signal(SIGPIPE, SIG_IGN);  // as `run` does
    plugins_.push_back(plugin::plugin_type<auth::Auth>());
    auto const file = folder_.write("tollgate.yaml", configuration(options_.routes));
    log_descriptor_ = ::open((folder_.path() / "access.log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    auto created =
        server::Server::create({.configuration = file, .plugins = plugins_, .access_log_descriptor = log_descriptor_});
    if (!created) throw std::runtime_error(created.error().front().line());
    server_ = std::move(*created);
    port_ = server_->ports().front();
    thread_ = std::thread([this] { server_->run(); });
}

Gateway::~Gateway() {
    stop();
    server_.reset();
    ::close(log_descriptor_);
}

void Gateway::stop() {
    if (!thread_.joinable()) return;
    server_->stop();
    thread_.join();
}

bool Gateway::reload(std::string routes) {
    folder_.write("tollgate.yaml", configuration(routes));
    return server_->reload();
}

bool Gateway::reload_upstreams(std::string upstreams) {
    options_.upstreams = std::move(upstreams);
    return reload(options_.routes);
}

bool Gateway::reload_listen(std::string listen) {
    options_.listen = std::move(listen);
    return reload(options_.routes);
}

bool Gateway::reload_further(std::string further) {
    options_.further = std::move(further);
    return reload(options_.routes);
}

std::string Gateway::ask(std::string_view request) const {
    auto client = connect();
    client.send(request);
    return client.read_message();
}

std::string Gateway::metrics() const {
    auto asking = Socket::connect(server_->ports().back());
    asking.send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    return asking.read_message();
}

std::string Gateway::configuration(std::string_view routes) const {
    return "listen: " + options_.listen + "\nworkers: " + std::to_string(options_.workers) +
           "\nupstreams:\n  ai: http://127.0.0.1:" + std::to_string(origin_port_) + "\n" + options_.upstreams +
           "drain: {timeout: " + options_.drain + "}\n" + options_.further + "routes:\n" + std::string(routes) +
           "plugins:\n  auth:\n    tokens: {secret: \"" + std::string(token_secret) + "\"}\n" + options_.plugin_blocks;
}

std::vector<std::string> Gateway::log(std::size_t count) const {
    std::vector<std::string> lines;
    for (int tries = 0; tries < 200 && lines.size() < count; ++tries) {
        lines.clear();
        std::ifstream file(folder_.path() / "access.log");
        for (std::string line; std::getline(file, line);) lines.push_back(line);
        if (lines.size() < count) ::usleep(10'000);
    }
    return lines;
}

std::string Gateway::logged() const {
    auto const lines = log(1);
    return lines.size() == 1 ? lines[0] : std::string{};
}

}  // namespace tollgate::testing
