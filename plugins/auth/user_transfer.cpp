#include "auth/user_transfer.hpp"

#include "auth/store/pages.hpp"
#include "auth/user_lines.hpp"
#include "base/exit_code.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <istream>
#include <limits>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tollgate::auth {
namespace {

constexpr std::size_t users_at_once = 100;  // in one transaction: soon done, even across a network
constexpr std::size_t lines_between_reports = 10'000;
constexpr std::size_t most_complaints = 20;
constexpr std::string_view silent_store = "tollgate: the user store does not answer";

// One run of an import: what was read waits in a batch, with its line for what must be said of it.
class Import {
public:
    // Ids up to `used_up` were given before.
    Import(UserStore& store, std::ostream& err, std::int64_t used_up, std::int64_t now)
        : store_(store), err_(err), used_up_(used_up), now_(now), lines_(now) {}

    [[nodiscard]] bool senseless() const noexcept { return lines_.senseless(); }

    // False: the store does not answer.
    [[nodiscard]] bool take(std::string_view line) {
        ++line_;
        if (line_ % lines_between_reports == 0) err_ << fmt::format("tollgate: {} lines read\n", line_);
        auto read = lines_.read(line);
        if (!read) {
            complain(line_, read.error());
        } else if (auto const* const last = std::get_if<UserLines::LastId>(&*read)) {
            last_id_ = std::max(last_id_, last->value);
        } else if (auto* const user = std::get_if<User>(&*read)) {
            batch_.push_back(std::move(*user));
            places_.push_back(line_);
        }
        return batch_.size() < users_at_once || put_in();
    }
    void too_long() { complain(++line_, fmt::format("it is longer than {} bytes", most_line_bytes)); }

    [[nodiscard]] bool finish() {
        if (!put_in()) return false;
        return last_id_ == 0 || store_.keep_ids_above(last_id_).has_value();
    }

    [[nodiscard]] std::string sum() const {
        return fmt::format("{} users added, {} were there already, {} lines refused", added_, there_, refused_);
    }
    [[nodiscard]] bool whole() const noexcept { return refused_ == 0; }

private:
    void complain(std::size_t line, std::string_view why) {
        if (++refused_ <= most_complaints) err_ << fmt::format("tollgate: line {}: {}\n", line, why);
        else if (refused_ == most_complaints + 1) err_ << "tollgate: further refused lines are only counted\n";
    }

    [[nodiscard]] bool put_in() {
        if (batch_.empty()) return true;
        auto const outcomes = store_.put_in(batch_, used_up_, now_);
        if (!outcomes) return false;
        for (std::size_t i = 0; i < outcomes->size(); ++i) count((*outcomes)[i], batch_[i], places_[i]);
        batch_.clear();
        places_.clear();
        return true;
    }

    void count(PutIn outcome, User const& user, std::size_t line) {
        switch (outcome) {
            case PutIn::added: ++added_; break;
            case PutIn::there_already: ++there_; break;
            case PutIn::other_id: complain(line, fmt::format("{} is there with another id", user.email)); break;
            case PutIn::id_taken: complain(line, fmt::format("the id {} is another user's", user.id)); break;
            case PutIn::id_used_up:
                complain(line, fmt::format("the id {} was given before, and is not given again", user.id));
                break;
        }
    }

    UserStore& store_;
    std::ostream& err_;
    std::int64_t used_up_;
    std::int64_t now_;
    UserLines lines_;
    std::size_t line_ = 0;
    std::vector<User> batch_;
    std::vector<std::size_t> places_;
    std::int64_t last_id_ = 0;
    std::size_t added_ = 0, there_ = 0, refused_ = 0;
};

}  // namespace

int export_users(UserStore& store, std::ostream& out, std::ostream& err) {
    auto const last = store.last_id();
    if (last) out << line_of(*last) << '\n';
    auto const all = last ? each_user(store, [&](User const& user) { out << line_of(user) << '\n'; })
                          : Result<void>(std::unexpected(last.error()));
    if (all) return exit_code::done;
    err << silent_store << "; what was written is not all\n";
    return exit_code::failed;
}

int import_users(UserStore& store, std::istream& in, std::ostream& out, std::ostream& err, std::int64_t now) {
    auto const used_up = store.last_id();
    Import import(store, err, used_up.value_or(0), now);
    std::vector<char> line(most_line_bytes + 1);
    bool answers = used_up.has_value();
    while (answers && !import.senseless() &&
           (in.getline(line.data(), static_cast<std::streamsize>(line.size())), in.gcount() > 0)) {
        if (!in.fail()) {
            auto const newline = in.eof() ? 0 : 1;
            answers = import.take({line.data(), static_cast<std::size_t>(in.gcount() - newline)});
            continue;
        }
        in.clear();
        in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
        import.too_long();
    }
    answers = answers && import.finish();
    if (!answers) err << silent_store << "; the import can be repeated\n";
    out << import.sum() << '\n';
    return answers && import.whole() ? exit_code::done : exit_code::failed;
}

}  // namespace tollgate::auth
