// A plugin's block of the configuration, read from text.
#pragma once

#include "settings/document.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace tollgate::testing {

// What was read, and the errors that were found on the way.
template <class Settings>
struct ReadBlock {
    std::shared_ptr<settings::Document> document;
    Settings settings;

    // One a line, without the file: "1:3: ...".
    [[nodiscard]] std::string errors() const {
        std::string all;
        for (auto const& [where, what] : document->errors())
            all += std::to_string(where.line) + ":" + std::to_string(where.column) + ": " + what + "\n";
        return all;
    }

    // The same without their places.
    [[nodiscard]] std::string complaints() const {
        std::string all;
        for (auto const& error : document->errors()) all += error.what + "\n";
        return all;
    }
};

// `read` is the plugin's reader; keys that it does not ask for are errors too.
template <class Reader>
[[nodiscard]] auto read_block(std::string const& yaml, Reader read) {
    using Settings = std::invoke_result_t<Reader, settings::SettingsNode>;
    auto document = settings::Document::parse(yaml);
    REQUIRE(document);
    ReadBlock<Settings> block{*document, read((*document)->root())};
    block.document->refuse_unread();
    return block;
}

}  // namespace tollgate::testing
