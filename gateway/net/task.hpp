// A coroutine of a worker. It begins when it is awaited and goes on within the call that resumes what it waits for; its
// frame dies with the expression that awaits it. Awaiting costs two jumps and no allocation beyond the frame, which the
// worker recycles. Asio's coroutines, with which plugins are written, are awaited through net/adopt.
#pragma once

#include "net/frames.hpp"

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace tollgate::net {

// What all coroutines of a worker have in common. The root is the one that nobody awaits: destroying it destroys all
// that are suspended on top of it, and what they own.
class TaskPromise {
public:
    static void* operator new(std::size_t size) { return Frames::take(size); }
    static void operator delete(void* frame, std::size_t size) noexcept { Frames::give_back(frame, size); }

    [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
    [[nodiscard]] std::coroutine_handle<> root() const noexcept { return root_; }

protected:
    std::coroutine_handle<> root_;
};

template <class T>
class AwaitedPromise : public TaskPromise {
public:
    struct BackToCaller {
        [[nodiscard]] bool await_ready() const noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
            return ended.promise().caller_;
        }
        void await_resume() const noexcept {}
    };

    void awaited_by(std::coroutine_handle<> caller, std::coroutine_handle<> root) noexcept {
        caller_ = caller;
        root_ = root;
    }
    [[nodiscard]] BackToCaller final_suspend() const noexcept { return {}; }
    void unhandled_exception() noexcept { thrown_ = std::current_exception(); }

protected:
    void rethrow() {
        if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
    }

private:
    std::coroutine_handle<> caller_;
    std::exception_ptr thrown_;
};

template <class T = void>
class [[nodiscard]] Task {
public:
    class promise_type;
    using Handle = std::coroutine_handle<promise_type>;

    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Task& operator=(Task&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Task() {
        if (handle_) handle_.destroy();
    }

    struct Awaiter {
        Handle task;
        [[nodiscard]] bool await_ready() const noexcept { return false; }
        template <class Promise>
        Handle await_suspend(std::coroutine_handle<Promise> caller) const noexcept {
            task.promise().awaited_by(caller, caller.promise().root());
            return task;
        }
        T await_resume() const { return task.promise().result(); }
    };
    Awaiter operator co_await() && noexcept { return {handle_}; }

private:
    explicit Task(Handle handle) noexcept : handle_(handle) {}
    Handle handle_;
};

template <class T>
class Task<T>::promise_type : public AwaitedPromise<T> {
public:
    Task get_return_object() noexcept { return Task(Handle::from_promise(*this)); }
    template <class Value = T>
    void return_value(Value&& value) {
        value_.emplace(std::forward<Value>(value));
    }
    T result() {
        this->rethrow();
        return std::move(*value_);
    }

private:
    std::optional<T> value_;
};

template <>
class Task<void>::promise_type : public AwaitedPromise<void> {
public:
    Task get_return_object() noexcept { return Task(Handle::from_promise(*this)); }
    void return_void() const noexcept {}
    void result() { rethrow(); }
};

// Somebody who is suspended: resumed once, or destroyed with all on whose top he stands.
class Suspended {
public:
    Suspended() = default;
    template <class Promise>
    explicit Suspended(std::coroutine_handle<Promise> who) noexcept : who_(who), root_(who.promise().root()) {}
    Suspended(Suspended&& other) noexcept
        : who_(std::exchange(other.who_, nullptr)), root_(std::exchange(other.root_, nullptr)) {}
    Suspended& operator=(Suspended&& other) noexcept {
        std::swap(who_, other.who_);
        std::swap(root_, other.root_);
        return *this;
    }
    ~Suspended() {
        if (who_) root_.destroy();
    }

    void resume() { std::exchange(who_, nullptr).resume(); }
    explicit operator bool() const noexcept { return static_cast<bool>(who_); }

private:
    std::coroutine_handle<> who_;
    std::coroutine_handle<> root_;
};

// A root: it stands before its first step until `begin` is resumed, and goes when it has ended.
struct Root {
    class promise_type : public TaskPromise {
    public:
        Root get_return_object() noexcept {
            auto const self = std::coroutine_handle<promise_type>::from_promise(*this);
            root_ = self;
            return {Suspended(self)};
        }
        [[nodiscard]] std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
    };
    Suspended begin;
};

}  // namespace tollgate::net
