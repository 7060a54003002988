// What the program returns to whoever started it. The same three numbers for every verb, those of plugins included.
#pragma once

namespace tollgate::exit_code {

inline constexpr int done = 0;
inline constexpr int failed = 1;
inline constexpr int used_wrongly = 2;

}  // namespace tollgate::exit_code
