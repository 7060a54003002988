"""How each proxy is configured: as its best users would, for an AI service whose answers stream.

All keep connections to the service, tell it the client's address, and write an access log where that costs them least:
nginx buffers lines for /dev/null, HAProxy keeps them in a ring in memory, Caddy and Tollgate write to /dev/null.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Place:
    """What a configuration is filled with."""

    folder: Path
    port: int
    tls_port: int
    service_port: int
    secret: str
    certificate: Path
    key: Path
    workers: int = 1
    routes: int = 10


NGINX = """
daemon off;
user root;
worker_processes {workers};
worker_rlimit_nofile 20000;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 16000; multi_accept on; }}
http {{
    access_log /dev/null combined buffer=64k flush=1s;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_timeout 75s;
    keepalive_requests 1000000000;
    client_max_body_size 1g;
    tcp_nodelay on;
    ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
    ssl_ecdh_curve X25519;
    ssl_session_cache shared:tls:10m;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    upstream service {{
        server 127.0.0.1:{service_port};
        keepalive 512;
        keepalive_requests 1000000000;
    }}
    server {{
        listen 127.0.0.1:{port} backlog=4096{reuseport};
        listen 127.0.0.1:{tls_port} ssl backlog=4096{reuseport};
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $http_host;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_read_timeout 600s;
        proxy_request_buffering off;
        proxy_max_temp_file_size 0;
        {buffers}
        location / {{ proxy_pass http://service; }}
        location = /stream {{ proxy_buffering off; proxy_pass http://service; }}
    }}
}}
"""
NGINX_BIG_BUFFERS = """
        proxy_buffer_size 128k;
        proxy_buffers 8 128k;
        proxy_busy_buffers_size 256k;
        client_body_buffer_size 128k;"""

HAPROXY = """
global
    maxconn 7000
    nbthread {workers}
    log ring@access format raw local0
    ssl-default-bind-options ssl-min-ver TLSv1.3
    ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256
    ssl-default-bind-curves X25519
ring access
    format raw
    maxlen 1200
    size 1048576
defaults
    mode http
    log global
    option httplog
    option http-no-delay
    option forwardfor
    http-reuse always
    timeout connect 5s
    timeout client 300s
    timeout server 600s
    timeout http-keep-alive 75s
    {splice}
frontend clients
    bind 127.0.0.1:{port} backlog 4096
    bind 127.0.0.1:{tls_port} backlog 4096 ssl crt {folder}/both.pem
    http-request set-header X-Forwarded-Proto https if {{ ssl_fc }}
    http-request set-header X-Forwarded-Proto http unless {{ ssl_fc }}
    {check}
    default_backend service
backend service
    server service 127.0.0.1:{service_port}
"""
HAPROXY_CHECK = """
    http-request set-var(txn.bearer) http_auth_bearer
    http-request set-var(txn.alg) var(txn.bearer),jwt_header_query('$.alg')
    http-request set-var(txn.exp) var(txn.bearer),jwt_payload_query('$.exp','int')
    http-request set-var(txn.now) date()
    http-request deny deny_status 401 unless {{ var(txn.alg) -m str HS256 }}
    http-request deny deny_status 401 unless {{ var(txn.bearer),jwt_verify(txn.alg,"{secret}") 1 }}
    http-request deny deny_status 401 unless {{ var(txn.exp),sub(txn.now) -m int gt 0 }}
    http-request del-header X-User- -m beg
    http-request set-header X-User-Id %[var(txn.bearer),jwt_payload_query('$.sub')]
    http-request del-header Authorization
"""
HAPROXY_SPLICE = "option splice-request\n    option splice-response"

CADDY = """
{{
    admin off
    auto_https off
    skip_install_trust
}}
(service) {{
    log {{
        output stdout
    }}
    reverse_proxy 127.0.0.1:{service_port} {{
        flush_interval -1
        transport http {{
            keepalive_idle_conns_per_host 512
        }}
    }}
}}
http://127.0.0.1:{port}, http://bench.example:{port} {{
    bind 127.0.0.1
    import service
}}
https://127.0.0.1:{tls_port}, https://bench.example:{tls_port}, https://localhost:{tls_port} {{
    bind 127.0.0.1
    tls {certificate} {key} {{
        protocols tls1.3
        curves x25519
    }}
    import service
}}
"""

TOLLGATE = """
listen:
  - 127.0.0.1:{port}
  - {{address: "127.0.0.1:{tls_port}", tls: {{certificates: [{{certificate: {certificate}, key: {key}}}]}}}}
workers: {workers}
limits: {{connections: 20000, connections_per_client: 20000, body: 1GiB}}
upstreams:
  service: http://127.0.0.1:{service_port}
routes:
  - {{path: /generate, upstream: service}}
  - {{path: /stream, upstream: service}}
  - {{path: /bytes/*, upstream: service}}
  - {{path: /upload, upstream: service}}
  - {{path: /echo, upstream: service}}
{more_routes}
plugins:
  auth:
    tokens: {{secret: "{secret}", lifetime: 12h}}{users}
"""
TOLLGATE_USERS = """
    users: {{store: "sqlite://{folder}/users.db"}}
    login: {{account: {{failures: 1000}}, client: {{burst: 100000, interval: 1ms}}}}
"""


def nginx(place: Place, big_buffers: bool) -> None:
    text = NGINX.format(
        **vars(place),
        buffers=NGINX_BIG_BUFFERS if big_buffers else "",
        reuseport=" reuseport" if place.workers > 1 else "",
    )
    (place.folder / "nginx.conf").write_text(text)


def haproxy(place: Place, check: bool, splice: bool) -> None:
    (place.folder / "both.pem").write_text(place.certificate.read_text() + place.key.read_text())
    text = HAPROXY.format(
        **vars(place),
        check=HAPROXY_CHECK.format(secret=place.secret) if check else "",
        splice=HAPROXY_SPLICE if splice else "",
    )
    (place.folder / "haproxy.cfg").write_text(text)


def caddy(place: Place) -> None:
    (place.folder / "Caddyfile").write_text(CADDY.format(**vars(place)))


def tollgate(place: Place, users: bool) -> None:
    more = (f"  - {{path: '/v1/tenants/t{i}/{{id}}/generate', upstream: service}}" for i in range(place.routes - 5))
    text = TOLLGATE.format(
        **vars(place),
        more_routes="\n".join(more),
        users=TOLLGATE_USERS.format(folder=place.folder) if users else "",
    )
    (place.folder / "tollgate.yaml").write_text(text)
