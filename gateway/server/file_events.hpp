// What the kernel tells of changes to files (inotify(7)), wherever on the way to them: each folder in which a name on
// it is looked up, each symbolic link and the files are watched for themselves. So what happens beside them tells
// nothing, but where something is missing on the way or a folder may be empty. The kernel does not tell of everything
// (see follow()), nor of a folder that is mounted over or closed to us. Not thread-safe.
#pragma once

#include "base/descriptor.hpp"

#include <string>
#include <vector>

namespace tollgate::server {

class FileEvents {
public:
    // From now on of these files, and no others. False when something could happen that it is not told of: the files of
    // another machine change there, and watches may be denied or run out. Whoever must know looks then, now and again.
    [[nodiscard]] bool follow(std::vector<std::string> const& files);

    // Readable when something has happened since then; -1 when nobody would tell.
    [[nodiscard]] int descriptor() const noexcept { return inotify_.get(); }

private:
    Descriptor inotify_;
};

}  // namespace tollgate::server
