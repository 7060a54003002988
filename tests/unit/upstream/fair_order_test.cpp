#include "upstream/fair_order.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <string>
#include <vector>

namespace tollgate::fair_order_test {
using upstream::FairOrder;

namespace {

// Each who waits has a name of two letters: the user and his number, "a1".
struct Room {
    struct Guest : FairOrder::Entry {
        std::string name;
    };

    // The position, or 0 when there was no place.
    std::size_t join(std::string const& name) {
        auto& guest = guests.emplace_back();
        guest.name = name;
        return order.join(guest, name.substr(0, 1), bounds).value_or(0);
    }
    std::vector<std::size_t> join_all(std::vector<std::string> const& names) {
        std::vector<std::size_t> positions;
        for (auto const& name : names) positions.push_back(join(name));
        return positions;
    }
    std::size_t come_back(std::string const& name) {
        auto& guest = guests.emplace_back();
        guest.name = name;
        return order.join_in_front(guest);
    }
    void leave(std::string const& name) {
        for (auto& guest : guests) {
            if (guest.name == name) order.leave(guest);
        }
    }
    // Who takes `count` places that become free; those named in `refuse` take none.
    std::string serve(std::size_t count, std::string const& refuse = "") {
        std::string served;
        order.offer([&](FairOrder::Entry& entry) {
            auto const& name = static_cast<Guest&>(entry).name;
            if (count == 0 || refuse.contains(name)) return false;
            --count;
            served += name + " ";
            return true;
        });
        return served;
    }
    ~Room() {
        for (auto& guest : guests) order.leave(guest);
    }

    FairOrder order;
    FairOrder::Bounds bounds{.most = 100, .most_per_user = 20};
    std::deque<Guest> guests;
};

}  // namespace

TEST_CASE("requests of one user are served in the order in which they came") {
    Room room;
    CHECK(room.join_all({"a1", "a2", "a3"}) == std::vector<std::size_t>{1, 2, 3});
    CHECK(room.serve(1) == "a1 ");
    CHECK(room.join("a4") == 3);
    CHECK(room.serve(9) == "a2 a3 a4 ");
    CHECK(room.order.size() == 0);
    CHECK(room.serve(9).empty());
}

TEST_CASE("users take turns, however many requests one of them has") {
    Room room;
    room.join_all({"a1", "a2", "a3", "a4", "a5"});
    CHECK(room.join("b1") == 2);
    CHECK(room.join("c1") == 3);
    CHECK(room.join("b2") == 5);  // a1 b1 c1 a2 b2
    CHECK(room.join("a6") == 9);
    CHECK(room.serve(100) == "a1 b1 c1 a2 b2 a3 a4 a5 a6 ");
}

TEST_CASE("turns go on where they stopped, and who comes back with a new request is last") {
    Room room;
    room.join_all({"a1", "a2", "b1", "c1"});
    CHECK(room.serve(1) == "a1 ");
    CHECK(room.join("d1") == 4);  // b1 c1 a2 d1
    CHECK(room.serve(2) == "b1 c1 ");
    CHECK(room.join("b2") == 3);
    CHECK(room.serve(9) == "a2 d1 b2 ");
}

TEST_CASE("the position says how many are served before, whatever waits") {
    for (unsigned seed = 0; seed < 200; ++seed) {
        CAPTURE(seed);
        Room room;
        auto number = seed;
        for (int i = 0; i < 30; ++i) {
            number = number * 1664525U + 1013904223U;
            auto const user = std::string(1, static_cast<char>('a' + (number >> 16U) % 5));
            if ((number >> 24U) % 4 == 0) room.serve(1);
            else CHECK(room.join(user + std::to_string(i)) != 0);
        }
        auto const position = room.join("c!");
        auto const order = room.serve(100);
        auto const before = order.substr(0, order.find("c!"));
        CHECK(position == static_cast<std::size_t>(std::count(before.begin(), before.end(), ' ')) + 1);
    }
}

TEST_CASE("who leaves is passed over, and the users keep their order") {
    Room room;
    room.join_all({"a1", "a2", "b1", "c1", "b2"});
    room.leave("a1");
    room.leave("b1");
    room.leave("b1");  // has left already
    CHECK(room.order.size() == 3);
    CHECK(room.serve(9) == "a2 b2 c1 ");
    room.join_all({"a1", "b1"});
    room.leave("a1");
    CHECK(room.join("a2") == 2);  // his line was gone: he stands behind b
    CHECK(room.serve(9) == "b1 a2 ");
}

TEST_CASE("so many wait in all and so many of one user, and nobody else") {
    Room room;
    room.bounds = {.most = 4, .most_per_user = 2};
    CHECK(room.join_all({"a1", "a2", "a3", "b1", "c1", "d1"}) == std::vector<std::size_t>{1, 2, 0, 2, 3, 0});
    CHECK(room.serve(1) == "a1 ");
    CHECK(room.join("d1") == 4);
    CHECK(room.join("a4") == 0);  // full
    room.leave("c1");
    CHECK(room.join("a4") == 4);
    room.bounds = {.most = 0, .most_per_user = 2};
    CHECK(room.join("e1") == 0);
    room.bounds = {.most = 100, .most_per_user = 0};
    CHECK(room.join("e1") == 0);
    CHECK(room.serve(9) == "b1 a2 d1 a4 ");
}

TEST_CASE("the user with most requests waiting gives way to one that has none") {
    Room room;
    room.join_all({"a1", "b1", "b2", "c1", "c2", "c3"});
    auto const gives_way = [&](std::string_view user) {
        auto* const entry = room.order.who_gives_way_to(user);
        return entry ? static_cast<Room::Guest*>(entry)->name : "nobody";
    };
    CHECK(gives_way("d") == "c3");
    CHECK(gives_way("a") == "nobody");
    room.leave("c3");
    room.leave("c2");
    CHECK(gives_way("d") == "b2");
    room.leave("b2");
    CHECK(gives_way("d") == "nobody");
    CHECK(Room().order.who_gives_way_to("d") == nullptr);
}

TEST_CASE("who lost his server stands in front, and does not stop others when nothing that is free is for him") {
    Room room;
    room.join_all({"a1", "b1"});
    CHECK(room.come_back("x1") == 1);
    CHECK(room.come_back("y1") == 2);
    CHECK(room.join("c1") == 5);
    CHECK(room.order.size() == 5);
    CHECK(room.serve(2, "x1") == "y1 a1 ");
    CHECK(room.serve(1) == "x1 ");
    CHECK(room.serve(9, "b1").empty());  // c1 does not pass b1
    CHECK(room.serve(9) == "b1 c1 ");
    room.bounds = {.most = 0, .most_per_user = 0};
    CHECK(room.come_back("x2") == 1);
    room.leave("x2");
    CHECK(room.order.size() == 0);
}

}  // namespace tollgate::fair_order_test
