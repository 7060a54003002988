#include "auth/terminal.hpp"

#include "base/descriptor.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cstddef>
#include <string>
#include <utility>

namespace tollgate::auth {
namespace {

constexpr std::size_t most_typed_bytes = 4096;

// The controlling terminal without echo, signals and line editing; as it was when this dies. Without signals nobody
// can leave the terminal silent.
class SilentTerminal {
public:
    SilentTerminal() : descriptor_(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)) {
        if (!descriptor_ || ::tcgetattr(descriptor_.get(), &before_) != 0) return;
        auto silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ICANON | ISIG);
        silent.c_cc[VMIN] = 1;
        silent.c_cc[VTIME] = 0;
        ready_ = ::tcsetattr(descriptor_.get(), TCSAFLUSH, &silent) == 0;
    }
    SilentTerminal(SilentTerminal const&) = delete;
    SilentTerminal& operator=(SilentTerminal const&) = delete;
    ~SilentTerminal() {
        if (ready_) ::tcsetattr(descriptor_.get(), TCSAFLUSH, &before_);
    }

    [[nodiscard]] bool ready() const { return ready_; }
    bool show(std::string_view text) const {
        return ::write(descriptor_.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
    }
    bool read(char& c) const { return ::read(descriptor_.get(), &c, 1) == 1; }

private:
    Descriptor descriptor_;
    termios before_{};
    bool ready_ = false;
};

enum class Typed { more, done, given_up };

Typed take(char c, std::string& text) {
    constexpr char ctrl_c = 3;
    constexpr char ctrl_d = 4;
    constexpr char ctrl_u = 21;
    constexpr char backspace = 8;
    constexpr char delete_key = 127;
    if (c == '\n' || c == '\r') return Typed::done;
    if (c == ctrl_c || c == ctrl_d) return Typed::given_up;
    if (c == ctrl_u) wipe(text);
    else if (c == backspace || c == delete_key) {
        // One character of UTF-8 is one byte that begins it and those that continue it.
        while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) text.pop_back();
        if (!text.empty()) text.pop_back();
    } else if (text.size() < most_typed_bytes) text += c;
    return Typed::more;
}

}  // namespace

std::optional<Secret> ask_on_terminal(std::string_view prompt) {
    SilentTerminal const terminal;
    if (!terminal.ready() || !terminal.show(prompt)) return std::nullopt;
    std::string text;
    text.reserve(most_typed_bytes);  // grown, it would leave pieces in freed memory
    auto state = Typed::more;
    for (char c = 0; state == Typed::more;) state = terminal.read(c) ? take(c, text) : Typed::given_up;
    (void)terminal.show("\n");
    Secret answer(std::move(text));
    if (state == Typed::given_up) return std::nullopt;
    return answer;
}

}  // namespace tollgate::auth
