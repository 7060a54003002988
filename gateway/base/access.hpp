// Two words that the configuration, the plugins and the answers share: whether a route wants an identity, and in which
// shape a client of a route expects errors.
#pragma once

namespace tollgate {

enum class Access { guarded, open };

enum class ErrorStyle { problem, openai, anthropic };

}  // namespace tollgate
