#include "support/stores.hpp"

#include <libpq-fe.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace tollgate::testing {
namespace {

// Its server ends when this end of a pipe is closed, at the latest by the end of this process.
class Server {
public:
    Server() {
        auto const file = folder_.path() / "uri";
        auto const command = "exec /usr/bin/python3 " TOLLGATE_SOURCE_DIR "/tests/e2e/postgres.py " + file.native();
        pipe_ = ::popen(command.c_str(), "we");
        if (!pipe_) throw std::runtime_error("popen failed");
        using namespace std::chrono_literals;
        for (int tries = 0; tries < 600 && uri_.empty(); ++tries) {
            std::this_thread::sleep_for(100ms);
            std::getline(std::ifstream(file), uri_);
        }
        if (uri_.empty()) throw std::runtime_error("PostgreSQL did not start");
    }
    Server(Server const&) = delete;
    Server& operator=(Server const&) = delete;
    ~Server() { ::pclose(pipe_); }
    [[nodiscard]] std::string const& uri() const noexcept { return uri_; }

private:
    TempFolder folder_;
    std::FILE* pipe_ = nullptr;
    std::string uri_;
};

}  // namespace

std::string postgresql_uri() {
    static Server const server;
    return server.uri();
}

void postgresql(std::string const& statements) {
    std::unique_ptr<PGconn, decltype(&PQfinish)> const connection(PQconnectdb(postgresql_uri().c_str()), PQfinish);
    PQsetNoticeProcessor(connection.get(), [](void*, char const*) {}, nullptr);
    std::unique_ptr<PGresult, decltype(&PQclear)> const result(PQexec(connection.get(), statements.c_str()), PQclear);
    auto const status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        throw std::runtime_error(PQerrorMessage(connection.get()));
}

}  // namespace tollgate::testing
