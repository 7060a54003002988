// The command line: from argv to one verb, and its exit code. A gateway with further plugins is another main() that
// calls run() with a longer list. The only unit that knows CLI11 is cli.cpp.
#pragma once

#include "plugin/plugin.hpp"

#include <vector>

namespace tollgate {

// Runs the verb that the arguments name. Returns the exit code: 0 done, 1 failed, 2 used wrongly. What nobody caught
// ends here, as one line on stderr and 1.
[[nodiscard]] int run(int argc, char** argv, std::vector<plugin::PluginType> plugins);

}  // namespace tollgate
