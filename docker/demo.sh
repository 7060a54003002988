# shellcheck shell=bash
# The two ways of `./dev run`, which sources this file and provides say, die, root, binary and python: the gateway before the
# example AI service, and before a service of the reader's own. Both stay on loopback and end with Ctrl-C.

port=${TOLLGATE_PORT:-8080}
children=()

answers() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# start LOG COMMAND...: in the background, in a session of its own, so that Ctrl-C reaches it once, from stop_children. LOG may be
# "-": the terminal. The process id is the last of children.
start() {
    local log=$1
    shift
    if [[ $log == - ]]; then
        setsid "$@" </dev/null &
    else
        setsid "$@" </dev/null >"$log" 2>&1 &
    fi
    children+=($!)
}

# The gateway first, so that it can finish what is in flight.
stop_children() {
    trap - EXIT
    trap '' INT TERM HUP
    local index child tries
    for ((index = ${#children[@]} - 1; index >= 0; index--)); do
        child=${children[index]}
        kill -TERM "$child" 2>/dev/null || continue
        for ((tries = 0; tries < 60; tries++)); do
            kill -0 "$child" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL "$child" 2>/dev/null || true
        wait "$child" 2>/dev/null || true
    done
}

stop_on_exit() {
    trap stop_children EXIT
    trap 'printf "\n"; say "stopping"; exit 0' INT TERM HUP
}

# wait_for NAME PORT LOG: until the child started last answers there; at most 20 s.
wait_for() {
    local tries
    for ((tries = 0; tries < 200; tries++)); do
        if ! kill -0 "${children[-1]}" 2>/dev/null; then
            [[ $3 == - ]] || cat "$3" >&2
            die "$1 ended instead of starting"
        fi
        answers "$2" && return
        sleep 0.1
    done
    die "$1 did not answer on port $2 within 20 s"
}

need_free_port() {
    [[ $port =~ ^[0-9]{1,5}$ ]] || die "TOLLGATE_PORT is no port: $port"
    ! answers "$port" || die "port $port is in use; choose another: TOLLGATE_PORT=8090 ./dev run"
}

# The first free port from 8000 on.
service_port() {
    local candidate
    for candidate in {8000..8040}; do
        [[ $candidate == "$port" ]] || answers "$candidate" || {
            echo "$candidate"
            return
        }
    done
    die "no port is free from 8000 to 8040"
}

# A fresh JWT_SECRET in .env, which is created for its owner alone; one that is there, or in the environment, stays.
ensure_secret() {
    [[ -z ${JWT_SECRET:-} && -z ${JWT_SECRET_FILE:-} ]] || return 0
    if [[ -f .env ]] && grep -Eq '^(export )?JWT_SECRET(_FILE)?=.' .env; then return 0; fi
    say "making a secret in .env"
    if [[ -s .env && -n $(tail -c 1 .env) ]]; then echo >>.env; fi # its last line was not ended
    (umask 077 && printf 'JWT_SECRET=%s\n' "$("$binary" keygen)" >>.env)
}

write_demo_configuration() { # PORT_OF_THE_SERVICE
    cat >build/demo/tollgate.yaml <<YAML
listen: 127.0.0.1:$port
upstreams:
  ai: http://127.0.0.1:$1
routes:
  - {path: /,                    methods: [GET],  upstream: ai, protected: false}
  - {path: /generate,            methods: [POST], upstream: ai}
  - {path: /generate/stream,     methods: [POST], upstream: ai}
  - {path: /v1/models,           methods: [GET],  upstream: ai}
  - {path: /v1/chat/completions, methods: [POST], upstream: ai}
plugins:
  auth:
    tokens: {secret: "\${JWT_SECRET}", algorithm: "\${JWT_ALGORITHM:-HS256}", lifetime: "\${ACCESS_TOKEN_MINUTES:-30}m"}
    users: {store: "sqlite://$root/build/demo/users.db"}
drain: {timeout: 3s}
YAML
}

add_demo_user() { # EMAIL PASSWORD
    local said
    if said=$("$binary" user add "$1" --password-stdin <<<"$2" 2>&1); then
        say "made the user $1"
    elif [[ $said != *"User already exists"* ]]; then
        die "$said"
    fi
}

show_demo() { # EMAIL PASSWORD
    local gateway=http://127.0.0.1:$port
    cat <<TEXT

The gateway is ready. Paste these into another terminal:

  TOKEN=\$(curl -s $gateway/login -d username=$1 -d password=$2 | sed 's/.*"access_token": *"\([^"]*\)".*/\1/')
  curl -s $gateway/me -H "Authorization: Bearer \$TOKEN"; echo
  curl -s -X POST "$gateway/generate?prompt=Hello" -H "Authorization: Bearer \$TOKEN"; echo

Ctrl-C stops both. Below is the gateway's access log.

TEXT
}

run_demo() {
    local email=founder@example.com password=supersecret123 service
    service=$(service_port)
    mkdir -p build/demo
    ensure_secret
    write_demo_configuration "$service"
    export TOLLGATE_CONFIG=$root/build/demo/tollgate.yaml PYTHONDONTWRITEBYTECODE=1
    add_demo_user "$email" "$password"

    stop_on_exit
    say "starting the example AI service on 127.0.0.1:$service (its log: build/demo/ai-service.log)"
    start build/demo/ai-service.log \
        "$python" -m uvicorn app:app --app-dir docker/ai-service --host 127.0.0.1 --port "$service"
    wait_for "the AI service" "$service" build/demo/ai-service.log
    start_gateway
    show_demo "$email" "$password"
    wait_for_an_end
}

# The configuration of `tollgate init` says where it listens: TOLLGATE_PORT is not asked.
run_before_service() { # URL
    export TOLLGATE_CONFIG=$PWD/tollgate.yaml
    if [[ -e tollgate.yaml ]]; then
        say "tollgate.yaml is there and stays as it is: delete it to have one made for $1"
    else
        "$binary" init --upstream "$1" || die "tollgate init failed"
    fi
    ensure_secret
    "$binary" check || die "tollgate.yaml needs a hand: $PWD/tollgate.yaml"
    "$binary" routes
    printf '\nMake a user, from this folder: %s user add you@example.com\n\n' "$binary"
    stop_on_exit
    say "starting the gateway"
    start - "$binary" run
    wait_for_an_end
}

start_gateway() {
    say "starting the gateway on 127.0.0.1:$port"
    start - "$binary" run
    wait_for "the gateway" "$port" -
}

# Until Ctrl-C, or until one of the children ends by itself.
wait_for_an_end() {
    local status=0
    wait -n "${children[@]}" || status=$?
    die "a process ended by itself (exit code $status)"
}
