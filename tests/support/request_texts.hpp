// The words of the grammar of odd requests: what may stand at each place of a request, right and wrong. Where the
// words of a table are sound or not it says so, as far as each alone is concerned. In all of them <MARK> stands for the
// mark of the request, which is as long, and <LONG> and <FIELDS> for more than the gateway takes. Constants only.
#pragma once

#include <string_view>

namespace tollgate::testing::request_texts {

using namespace std::string_view_literals;
using std::string_view;

inline constexpr auto smuggled = "GET /<MARK>/smuggled HTTP/1.1\r\nHost: a\r\n\r\n"sv;
inline constexpr auto plain_coding = "S\r\nD\r\n0\r\n\r\n"sv;

inline constexpr string_view methods[] = {
    // the usual ones
    "GET", "GET", "GET", "POST", "POST", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"};
inline constexpr string_view odd_methods[] = {
    // sound
    "get", "GeT", "PROPFIND", "M-SEARCH", "X!#$%&'*+-.^_`|~9", "TRACE", "CONNECT", "PRI",
    // not
    "G(T", "GET\t", "G\0T"sv, "", "\x16\x03\x01", "\xc3\x89", "HTTP/1.1", "GET:"};
inline constexpr string_view lines[] = {
    // none is sound but `m t HTTP/1.1...`, whose second half is a field
    "m  t v\r\n",
    "m t  v\r\n",
    "m\tt v\r\n",
    "m t\tv\r\n",
    " m t v\r\n",
    "m t v \r\n",
    "m t\r\n",
    "m\r\n",
    "m t \r\n",
    "\r\nm t v\r\n",
    "\nm t v\r\n",
    "m t v\n",
    "m t v\r",
    "m t v\r\r\n",
    "m t v\r\n\r\n",
    "m t v X\r\n",
    "m\v t v\r\n",
    "m t v\r\n X: folded\r\n",
    "m t HTTP/1.1\r\nX-Odd: / v\r\n",
    "m t v, v\r\n",
    "t m v\r\n"};
inline constexpr string_view versions[] = {
    // the first is often sent
    "HTTP/1.0", "HTTP/1.0",  "HTTP/1.0",   "HTTP/1.2",  "HTTP/2.0",  "HTTP/0.9", "http/1.1",  "HTTP/1.10",
    "HTTP/1",   "HTTP/01.1", "HTTP/1.1\t", "HTTP /1.1", "HTTPS/1.1", "HTTP/1,1", "HTTP/+1.1", ""};
inline constexpr string_view targets[] = {"/<MARK>", "/<MARK>/a", "/<MARK>/v1/chat?b=c", "/<MARK>/a.b/",
                                          "/<MARK>/guarded"};
inline constexpr string_view odd_targets[] = {
    // sound
    "/<MARK>/%41%7e%2D", "/<MARK>/%e2%82%ac", "/<MARK>/%252e%252e%252fa", "/<MARK>?a=/../..%2f%00%zz", "/<MARK>?",
    "/<MARK>??", "/<MARK>/a;b=c", "/<MARK>/...", "/<MARK>/%25", "/<MARK>/a:b@c!$&'()*+,=", "/<MARK>/[x]{y}|^`\"<>",
    "http://a/<MARK>", "HTTP://A/<MARK>?b", "https://a/<MARK>", "http://a?<MARK>", "/<MARK>?http://b/", "/<MARK>?a=\\",
    "/<MARK>/%20HTTP/1.1",
    // not
    "/<MARK>/a%2fb", "/<MARK>/a%5Cb", "/<MARK>/%00", "/<MARK>/\0"sv, "/<MARK>/\xc3\xa9", "/<MARK>#fragment",
    "/<MARK>?a#b", "/<MARK>/../x", "/<MARK>/./x", "/<MARK>/%2e%2E/x", "/<MARK>/.%2e", "/<MARK>//x", "//<MARK>",
    "/<MARK>/..;a/x", "/<MARK>/%2", "/<MARK>/%zz", "/<MARK>/%", "/<MARK>\\x", "/<MARK>/a b", "/<MARK>/a\tb",
    "/<MARK>?\x7f", "/<MARK>?\xff", "/<LONG>/<MARK>", "http://b/<MARK>", "http://a:80/<MARK>", "https://me@a/<MARK>",
    "ftp://a/<MARK>", "http:///<MARK>", "http:/<MARK>", "<MARK>", "*", "*?<MARK>", "a:443", "a", "?<MARK>",
    "/<MARK> HTTP/1.1\r\nX: /", "/<MARK>\rX", "/<MARK>\nX"};
inline constexpr string_view hosts[] = {
    // sound
    "Host: A.Example\r\n", "host:a\r\n", "Host: a:80\r\n", "Host: [::1]\r\n", "Host: [::1]:8080\r\n", "HOST: \ta \r\n",
    "Host: a_b~c\r\n",
    // not
    "Host: a\r\nHost: a\r\n", "Host: a\r\nHost: b\r\n", "Host: a\r\nhost: a\r\n", "Host:\r\n", "", "Host: a b\r\n",
    "Host: a, b\r\n", "Host: a/b\r\n", "Host: me@a\r\n", "Host: a:99999\r\n", "Host: a:\r\n", "Host: a:b\r\n",
    "Host: [::1\r\n", "Host: [::g]\r\n", "Host: a%00\r\n", "Host: a\0b\r\n"sv, "Host: \xc3\xa9\r\n", "Host : a\r\n",
    "Host: a\r\n b\r\n", "Host\r\n", "Host:a\rHost:b\r\n", "Host: http://a\r\n", "Host: <LONG>\r\n",
    "Host: a\r\nX-Forwarded-Host: b\r\nForwarded: host=b\r\n", "Host: a?b\r\n", "Host: a#b\r\n"};
inline constexpr string_view plain_fields[] = {
    // that mean nothing here
    "Accept: */*\r\n", "User-Agent: odd/1.0 (a; b)\r\n", "Cookie: a=b; c=d\r\n", "Content-Type: text/plain\r\n",
    "X-Empty:\r\n"};
inline constexpr string_view odd_fields[] = {
    // sound
    "X_User_Id: 99\r\n", "x-user-id: 99\r\n", "X-User_Id:99\r\n", "X-USER-EMAIL: root@x\r\n", "X-User-: 99\r\n",
    "X-Odd:\t 1 \t\r\n", "X-Odd: \x80\xff\r\n", "X!#$%&'*+-.^_`|~: 1\r\n", "X-Odd: a: b\r\n", "X-Odd: <LONG>\r\n",
    "X-Request-Id: a b\"c\r\n", "X-Forwarded-For: 1.2.3.4\r\nX_Forwarded_For: 1.2.3.4\r\n",
    "Via: 9.9 x\r\nForwarded: for=\"\r\n", "X-Odd: 1\r\nX-Odd: 2\r\n",
    "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n", "Proxy-Authorization: Basic x\r\nKeep-Alive: 5\r\n",
    "TE: trailers\r\n", "Trailer: X-User-Id\r\n", "X-Odd: GET / HTTP/1.1\r\n", "Content_Length: 3\r\n",
    "Transfer_Encoding: chunked\r\n", "Expect: 100-continue\r\n", "Expect: 100-Continue\r\n", "X-Real-IP: 1.2.3.4\r\n",
    "Upgrade: websocket\r\nConnection: Upgrade\r\n", "Upgrade: websocket\r\n",
    // not, or not welcome
    "X-Odd : 1\r\n", "X-Odd\t: 1\r\n", "X-Odd: 1\r\n folded\r\n", "X-Odd: 1\r\n\tX-User-Id: 99\r\n", "X-Odd: a\rb\r\n",
    "X-Odd: a\nb\r\n", "X-Odd: a\nX-User-Id: 99\r\n", "X-Odd: a\rX-User-Id: 99\r\n", "X-Odd: a\0b\r\n"sv,
    "X-Odd: \x7f\r\n", "X-Odd: \x0b\r\n", "X-O\0d: 1\r\n"sv, ": 1\r\n", "X-Odd\r\n", "X Odd: 1\r\n", "X-Odd\x80: 1\r\n",
    "X-Odd(: 1\r\n", "\"X-Odd\": 1\r\n", "X-Odd: 1\r\r\n", "X-Odd: 1\n", "\r\n", "\rX-Odd: 1\r\n", "<FIELDS>",
    "X-Odd: <LONG><LONG><LONG><LONG>\r\n", "Expect: a-miracle\r\n", "Expect: 100-continue, x\r\n",
    "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n",
    "Upgrade: h2c\r\n", "Upgrade: websocket, TLS/1.0\r\nConnection: upgrade\r\n", "Expect: \r\n"};
inline constexpr string_view connections[] = {
    // sound, as far as there are not too many
    "Connection: close\r\n",
    "Connection: keep-alive\r\n",
    "Connection: close, keep-alive\r\n",
    "Connection: CLOSE\r\n",
    "Connection: X-Odd, x-gone\r\nX-Odd: 1\r\nX-Gone: 1\r\n",
    "Connection: Host\r\n",
    "Connection: Content-Length, Transfer-Encoding\r\n",
    "Connection: X-User-Id\r\nX-User-Id: 99\r\n",
    "Connection: X-Forwarded-For, Via, X-Request-Id, Forwarded\r\n",
    "Connection:\r\n",
    "Connection: ,,keep-alive,, ,\r\n",
    "Connection: \"close\"\r\n",
    "Connection: X-Odd\r\nConnection: close\r\nX-Odd: 1\r\n",
    "Proxy-Connection: keep-alive\r\n",
    "Connection: ,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\r\n",
    "Connection: Authorization\r\nAuthorization: x\r\n"};
// N is the length of the body.
inline constexpr string_view lengths[] = {
    // sound, though not always what the body has
    "content-length:N\r\n", "Content-Length:  \tN \t\r\n", "Content-Length: 000000000000000000000N\r\n",
    "Content-Length: 00N\r\n", "Content-Length: 0\r\n", "Content-Length: 3\r\n", "Content-Length: 1N\r\n",
    "Content_Length: N\r\n", "Connection: Content-Length\r\nContent-Length: N\r\n",
    "X-Content-Length: 0\r\nContent-Length: N\r\n", "Content-Length: N\r\nContent_Length: 0\r\n",
    "Content-Length: 9223372036854775807\r\n", "",
    // not
    "Content-Length: N\r\nContent-Length: N\r\n", "Content-Length: N\r\nContent-Length: 0\r\n",
    "Content-Length: 0\r\nContent-Length: N\r\n", "Content-Length: N, N\r\n", "Content-Length: N,0\r\n",
    "Content-Length: +N\r\n", "Content-Length: -N\r\n", "Content-Length: -0\r\n", "Content-Length: N;\r\n",
    "Content-Length: N 0\r\n", "Content-Length: 0xN\r\n", "Content-Length: N.0\r\n", "Content-Length: \"N\"\r\n",
    "Content-Length: 18446744073709551615\r\n", "Content-Length: 18446744073709551616\r\n",
    "Content-Length: 9223372036854775808\r\n", "Content-Length: 99999999999999999999N\r\n", "Content-Length:\r\n",
    "Content-Length: N\v\r\n", "Content-Length: \xc2\xa0N\r\n", "Content-Length: N\0\r\n"sv, "Content-Length : N\r\n",
    "Content-Length\t: N\r\n", "Content-Length:\r\n N\r\n", "X: 1\r\n Content-Length: N\r\n", "Content-Length: N\n",
    "X: 1\nContent-Length: N\r\n", "Content-Length: \xd9\xa3\r\n", "Content-Length: N\r \r\n"};
inline constexpr string_view codings[] = {
    // sound
    "transfer-encoding:CHUNKED\r\n", "Transfer-Encoding:  \tChunked \r\n",
    "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n",
    "TE: trailers, chunked\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nTrailer: X-User-Id\r\n",
    "Transfer-Encoding: chunked\r\nContent_Length: 0\r\n", "Transfer_Encoding: chunked\r\n",
    "X-Transfer-Encoding: chunked\r\n",
    // not
    "Transfer-Encoding: chunked, chunked\r\n", "Transfer-Encoding: gzip, chunked\r\n",
    "Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding: chunked;q=1\r\n",
    "Transfer-Encoding: identity\r\n", "Transfer-Encoding:\r\n", "Transfer-Encoding: \"chunked\"\r\n",
    "Transfer-Encoding: chunked,\r\n", "Transfer-Encoding: ,chunked\r\n", "Transfer-Encoding: chunked\v\r\n",
    "Transfer-Encoding: chunked\0\r\n"sv, "Transfer-Encoding: \0chunked\r\n"sv, "Transfer-Encoding : chunked\r\n",
    "Transfer-Encoding\t: chunked\r\n", "Transfer-Encoding:\r\n chunked\r\n", "X: 1\r\n Transfer-Encoding: chunked\r\n",
    "X: 1\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\n",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunk\r\n"};
inline constexpr string_view both_framings[] = {
    // not sound, but for the last two
    "Content-Length: N\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\nContent-Length: N\r\n",
    "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
    "Content-Length: 3\r\ntransfer-encoding: Chunked\r\n",
    "Transfer-Encoding: identity\r\nContent-Length: N\r\n",
    "Transfer-Encoding: xchunked\r\nContent-Length: N\r\n",
    "Transfer-Encoding: chunked\r\nContent-Length:\r\n",
    "Transfer-Encoding: chunked\r\nConnection: Content-Length\r\nContent-Length: 0\r\n",
    "Transfer-Encoding : chunked\r\nContent-Length: N\r\n",
    "Transfer-Encoding:\v chunked\r\nContent-Length: N\r\n",
    "Content-Length: N\r\nTransfer_Encoding: chunked\r\n",
    "Content-Length: N\r\nX-Transfer-Encoding: chunked\r\n"};
// S is the size of the data in hexadecimal, D the data.
inline constexpr string_view bodies[] = {
    // sound
    "S\r\nD\r\n1\r\nx\r\n0\r\n\r\n", "A\r\n0123456789\r\n0\r\n\r\n", "00S\r\nD\r\n0\r\n\r\n", "S;a=b\r\nD\r\n0\r\n\r\n",
    "S;a=\"x;y\"\r\nD\r\n0\r\n\r\n", "S;\r\nD\r\n0\r\n\r\n", "S\r\nD\r\n0;a\r\n\r\n", "S\r\nD\r\n000\r\n\r\n",
    "S;a=\"0\"\t;b\r\nD\r\n0\r\n\r\n", "0\r\n\r\n",
    // sound or not, as what comes behind is
    "S\r\nD\r\n0\r\n\r\n\r\n", "S\r\nD\r\n0\r\n\r\nGET /<MARK>/smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
    "S\r\nD\r\n0\r\n\r\nGET /<MARK>/smuggled HTTP/1.1\r\nX: ", "2S\r\nD\r\n0\r\n\r\n",
    "7fffffffffffffff\r\nD\r\n0\r\n\r\n", "ffffffffffffffff\r\nD\r\n0\r\n\r\n", "fffffffffffffffe\r\nD\r\n0\r\n\r\n",
    "S\r\nD\r\n",
    // not
    "S\nD\r\n0\r\n\r\n", "S\r\nD\n0\r\n\r\n", "S\r\nD\r\n0\n\r\n", "S\r\nD\r\n0\r\n\n", "S\nD\n0\n\n", "S\rD\r0\r\r",
    "S\r\nD\r\n0\r\n\r", "S\r\nD\r\n0\r\n", "0xS\r\nD\r\n0\r\n\r\n", "+S\r\nD\r\n0\r\n\r\n", "-S\r\nD\r\n0\r\n\r\n",
    " S\r\nD\r\n0\r\n\r\n", "S \r\nD\r\n0\r\n\r\n", "S\t\r\nD\r\n0\r\n\r\n", "S \n\nD\r\n0\r\n\r\n",
    "S;a=\"x\r\ny\"\r\nD\r\n0\r\n\r\n", "S;a=x\ny\r\nD\r\n0\r\n\r\n", "S;a=x\ry\r\nD\r\n0\r\n\r\n",
    "S;\nD\r\n0\r\n\r\n", "S;a=\0\r\nD\r\n0\r\n\r\n"sv, "S;<LONG>\r\nD\r\n0\r\n\r\n", "S\r\nD0\r\n\r\n",
    "S\r\nDxx0\r\n\r\n", "S\r\nD\r\r0\r\n\r\n", "S\r\nDxx\r\n0\r\n\r\n", "S\r\nD\r0\r\n\r\n", "S\r\nD \r\n0\r\n\r\n",
    "10000000000000000S\r\nD\r\n0\r\n\r\n", "0000000000000000000000S\r\nD\r\n0\r\n\r\n", "\r\nS\r\nD\r\n0\r\n\r\n",
    "g\r\nD\r\n0\r\n\r\n", "S,S\r\nD\r\n0\r\n\r\n", "S\r\nD\r\n\r\n", "S\r\nD\r\n\r\n0\r\n\r\n", "S\r\nD\r\n-0\r\n\r\n",
    "S\r\nD\r\n0 \r\n\r\n", "S\0\r\nD\r\n0\r\n\r\n"sv};
// Behind the last chunk.
inline constexpr string_view trailers[] = {
    // sound
    "X-Trailer: 1\r\n\r\n", "X-User-Id: 99\r\nX_User_Id: 99\r\n\r\n", "Content-Length: 5\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\n", "Host: evil\r\n\r\n", "X-Trailer: GET / HTTP/1.1\r\n\r\n",
    "Authorization: Bearer x\r\nConnection: close\r\n\r\n", "X-Trailer:\r\n\r\n",
    // not
    "X-Trailer : 1\r\n\r\n", "X-Trailer: 1\r\n folded\r\n\r\n", "X-Trailer: 1\n\r\n", "X-Trailer: 1\r\n\n",
    ": 1\r\n\r\n", "X-Trailer\r\n\r\n", "X-Trailer: a\0b\r\n\r\n"sv, "X-Trailer: a\rb\r\n\r\n", " X-Trailer: 1\r\n\r\n",
    "X-Trailer: <LONG>\r\n\r\n", "GET /<MARK>/smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
    "X-Trailer: 1\r\nGET /<MARK>/smuggled HTTP/1.1\r\n\r\n",
    "X-Trailer: 1\r\n\r\nGET /<MARK>/smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
    "X-Trailer: \n\nGET /<MARK>/smuggled HTTP/1.1\r\nHost: a\r\n\r\n"};
inline constexpr string_view data[] = {
    // also what would be a request, or the end of a body, elsewhere
    "hello",
    "hello",
    "{\"prompt\": \"a\"}",
    smuggled,
    smuggled,
    "0\r\n\r\nGET /<MARK>/smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
    "\r\n",
    "5\r\nhello\r\n0\r\n\r\n",
    "\0\n\r\xff"sv};
inline constexpr string_view remains[] = {
    // a request, half of one, or nothing of the kind
    smuggled,
    smuggled,
    "GET /<MARK>/smuggled HTTP/1.1\r\nX-Swallow: ",
    "GET /<MARK>/smuggled HTTP/1.1\r\nHost: b\r\nX-Swallow: ",
    "\r\n",
    "\r\n\r\n",
    "\n",
    "0\r\n\r\n",
    "\0"sv,
    " ",
    "x",
    "POST /<MARK>/smuggled HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n",
    "POST /<MARK>/smuggled HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    "POST /<MARK>/smuggled HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "GET /<MARK>/smuggled HTTP/1.0\r\n\r\n",
    "POST /<MARK>/smuggled HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "GET /<MARK>/smuggled\r\n\r\n"};
inline constexpr string_view line_ends[] = {
    // in place of CRLF
    "\n", "\n", "\r", "\r\r\n", "\n\r\n", "\0\r\n"sv, " \r\n"};
inline constexpr string_view ends[] = {
    // in place of the empty line
    "\n", "\r\n\r\n", "\r\r\n", "\n\r\n", " \r\n", "\r\n ", "\r"};

}  // namespace tollgate::testing::request_texts
