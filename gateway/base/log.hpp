// The process's own log: one text line on stderr per event, written by whoever has something to say to the operator.
// Requests are not logged here: they have the access log on stdout. Callers never pass tokens, passwords or secrets.
#pragma once

#include <exception>
#include <string_view>

namespace tollgate::log {

enum class Level { debug, info, warning, error };

void set_level(Level least);

void info(std::string_view line);
void warning(std::string_view line);
void error(std::string_view line);

// Logs that `who` threw, and what: by default the exception that is being handled.
void thrown(std::string_view who, std::exception_ptr const& what = std::current_exception());

}  // namespace tollgate::log
