// One connection to a service, with what was read from it and not dealt with. Belongs to one worker, and to one
// exchange at a time or to the pool.
#pragma once

#include "net/buffer.hpp"
#include "net/stream.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace tollgate::upstream {

struct Connection {
    Connection(net::Worker& worker, std::unique_ptr<net::Stream> opened)
        : stream(std::move(opened)), buffer(worker.blocks()) {}

    std::unique_ptr<net::Stream> stream;
    net::Buffer buffer;
    steady_time opened = net::Worker::now();
    bool reused = false;  // came from the pool: the peer may have closed it meanwhile
};

using ConnectionPtr = std::unique_ptr<Connection>;

}  // namespace tollgate::upstream
