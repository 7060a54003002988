// What a document holds for one YAML node: what stands in the file, what a scalar means after substitution, and what
// has been asked for. Inside settings/ only: everybody else has a SettingsNode. A value made by a substitution is wiped
// when it dies.
#pragma once

#include "base/secret.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tollgate::settings {

// A position in the file, both from 1; line 0: the whole file.
struct Mark {
    int line = 0;
    int column = 0;
};

struct Value {
    enum class Kind { null, scalar, list, map, broken };  // broken: an error about it is recorded already

    Kind kind = Kind::null;
    Mark mark;
    std::string key;  // of an entry of a map
    Mark key_mark;
    std::string text;  // of a scalar: as it may be shown
    bool substituted = false;
    Secret replaced;              // when substituted: what the scalar means
    std::string sources;          // when substituted: SettingsNode::sources()
    std::vector<Value> children;  // entries or items; never changed after parsing, so that pointers to them stay

    bool read = false;
    bool failed = false;             // somebody recorded an error for it
    bool mistyped = false;           // it was read as another kind or type than it is
    std::vector<std::string> asked;  // the keys of this map that somebody asked for

    [[nodiscard]] std::string_view content() const noexcept {
        return substituted ? replaced.reveal() : std::string_view(text);
    }
};

}  // namespace tollgate::settings
