// Files that an operator names, read whole.
#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <string>

namespace tollgate {

// The text of a regular file of at most `most_bytes`: anything else, such as a FIFO, could block for ever. No copy of
// the text is left in memory but the one that is returned. The error is the end of a sentence: "cannot be read: Is a
// directory", "is larger than 64KiB".
[[nodiscard]] std::expected<std::string, std::string> read_file(std::filesystem::path const& file,
                                                                std::size_t most_bytes);

}  // namespace tollgate
