"""What `./dev bench` computes and reads: numbers, tables, what the kernel and the load generator say."""

import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import job, kernel, load, table  # noqa: E402
from bench.cases import CASES, Case, Load, received_mib  # noqa: E402
from bench.configurations import Place, caddy, haproxy, nginx, tollgate  # noqa: E402
from bench.instructions import instructions_of  # noqa: E402
from bench.measure import Outcome, Rounds, Series  # noqa: E402
from bench.proxies import ALL  # noqa: E402
from bench.results import Goal, goals_table, page, section  # noqa: E402
from bench.wrk import read_wrk  # noqa: E402


def test_ratios_are_of_one_round_each():
    assert table.ratios([10, 30], [20, 40]) == [0.5, 0.75]
    assert table.median(table.ratios([10, 30, 50], [20, 40, 100])) == 0.5


def test_ratios_of_unlike_numbers_of_rounds_are_refused():
    with pytest.raises(ValueError):
        table.ratios([1, 2], [1])


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.123, "0.12"), (9.876, "9.88"), (12.34, "12.3"), (123.4, "123"), (25600, "25,600")]
)
def test_numbers_have_three_digits(value, text):
    assert table.number(value) == text


def test_a_spread_is_the_median_and_the_ends():
    assert table.spread([3, 1, 2]) == "2.00 (1.00..3.00)"
    assert table.spread([2.5]) == "2.50"
    assert table.spread([]) == "-"


def test_a_table_is_markdown_with_numbers_to_the_right():
    assert table.markdown(["proxy", "us"], [["nginx", "24.5"], ["a", "3"]]).splitlines() == [
        "| proxy |   us |",
        "| ----- | ---: |",
        "| nginx | 24.5 |",
        "| a     |    3 |",
    ]


def test_the_proportional_memory_is_read_and_no_other():
    text = "00400000-7ffe00000000 ---p 00000000 00:00 0  [rollup]\nRss:   9000 kB\nPss:   4321 kB\nPss_Anon:  99 kB\n"
    assert kernel.pss_of(text) == 4321


def test_both_kinds_of_switches_are_wakeups():
    assert kernel.switches_of("Threads:\t3\nvoluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t7\n") == 157


def test_system_calls_are_read_from_perf():
    assert kernel.calls_of_perf("155114,,raw_syscalls:sys_enter,1003344,100.00,,\n") == 155114
    assert kernel.calls_of_perf("<not supported>,,raw_syscalls:sys_enter,0,100.00,,\n") is None
    assert kernel.calls_of_perf("perf: no permission\n") is None


def test_system_calls_are_counted_by_name():
    counts = [(12, "poll"), (0, "read"), (24, "sendmsg")]
    text = "".join(f"{count},,syscalls:sys_enter_{name},9,100.00,,\n" for count, name in counts)
    assert list(kernel.names_of_perf(text).items()) == [("sendmsg", 24), ("poll", 12)]
    made = outcome([1], [1])
    made.series["tollgate"].calls_by_name = {"sendmsg": 2.001, "poll": 0.5, "mmap": 0.001}
    assert "System calls of tollgate for one unit: sendmsg 2.00, poll 0.50." in section(made).text


def test_instructions_are_read_from_a_dump_of_callgrind():
    assert instructions_of("events: Ir\nfn=(1) totals\n0 5\n\ntotals: 123456\n") == 123456
    assert instructions_of("events: Ir\nsummary: 99\n") == 99


@pytest.mark.parametrize(
    "sum_line",
    ["100.00    0.271698          10     24846      3532 total", "100.00    0.00001      5         2           total"],
)
def test_system_calls_are_read_from_strace(sum_line):
    text = f"% time     seconds  usecs/call     calls    errors syscall\n 22.72  0.06  17  3457  sendto\n{sum_line}\n"
    assert kernel.calls_of_strace(text) == int(sum_line.split()[3])
    assert kernel.calls_of_strace("strace: attach: Operation not permitted\n") is None


def test_processor_time_of_a_process_is_read_from_its_clock():
    before = time.process_time_ns()
    between = kernel.cpu_ns([os.getpid()])
    assert before <= between <= time.process_time_ns()
    assert kernel.cpu_ns([os.getpid(), os.getpid()]) >= 2 * between


REPORT = '{"done": 5, "received": 9, "sent": 0, "lost": %d, "unexpected": %d, "unexpected_status": 502, "seconds": 1.0}'


def test_a_run_with_lost_connections_or_other_answers_says_nothing_about_speed():
    assert load.read_report(REPORT % (0, 0))["done"] == 5
    with pytest.raises(load.Failed, match="1 connections lost"):
        load.read_report(REPORT % (1, 0))
    with pytest.raises(load.Failed, match="such as 502"):
        load.read_report(REPORT % (0, 3))
    with pytest.raises(load.Failed, match="no answer"):
        load.read_report((REPORT % (0, 0)).replace('"done": 5', '"done": 0'))


WRK = """Running 2s test @ http://127.0.0.1:1/generate
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.53ms    0.87ms  17.00ms   94.29%
    Req/Sec    42.43k     3.12k   47.01k    75.00%
  Latency Distribution
     50%  1.46ms
     75%    1.61ms
     90%    1.88ms
     99%    1.05s
  84437 requests in 2.01s, 12.88MB read
Requests/sec:  42181.31
"""


def test_wrk_is_read_as_our_own_load_generator_is():
    read = read_wrk(WRK)
    assert (read["done"], read["seconds"], read["p50_us"], read["p99_us"]) == (84437, 2.01, 1460, 1_050_000)
    assert load.checked(read) is read


@pytest.mark.parametrize(
    "line", ["  Socket errors: connect 0, read 3, write 0, timeout 0", "  Non-2xx or 3xx responses: 17"]
)
def test_what_wrk_complains_of_makes_a_run_worthless(line):
    with pytest.raises(load.Failed):
        load.checked(read_wrk(WRK.replace("Requests/sec", line + "\nRequests/sec")))
    with pytest.raises(ValueError):
        read_wrk("unable to connect to 127.0.0.1:1 Connection refused\n")


def test_every_spelling_that_an_application_reads_as_the_field_is_found():
    head = "GET /echo HTTP/1.1\r\nHost: a\r\nX-User-Id: 1\r\nx_user_id: 999\r\nX-User-Idle: 3\r\n\r\n"
    assert job.fields(head, "X-User-Id") == ["1", "999"]


def report(cpu_us: float, received: int = 0) -> dict:
    return {"done": 10, "received": received, "cpu_ns": cpu_us * 10_000, "seconds": 2, "p50_us": 100, "p99_us": 200}


def outcome(ours: list[float], theirs: list[float], **more) -> Outcome:
    case = Case("small", "Small", Load(), ("nginx",), {"nginx": 0.85}, **more)
    series = {"tollgate": Series("tollgate"), "nginx": Series("nginx")}
    for name, values in (("tollgate", ours), ("nginx", theirs)):
        for value in values:
            series[name].add(case, report(value))
    return Outcome(case, series, [])


def test_a_section_shows_ratio_and_goal_beside_each_peer():
    made = section(outcome([30, 40], [40, 40]))
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in made.text.splitlines()[2:]]
    assert rows[0][:4] == ["tollgate", "35.0 (30.0..40.0)", "-", ""]
    assert rows[1][:4] == ["nginx", "40.0 (40.0..40.0)", "0.88 (0.75..1.00)", "<= 0.85"]
    assert [(goal.what, goal.wanted, goal.met) for goal in made.goals] == [("small: CPU / nginx", 0.85, False)]


@pytest.mark.parametrize(("failures", "is_measured"), [(1, True), (2, False)])
def test_a_run_that_fails_is_repeated_once(monkeypatch, failures, is_measured):
    case = outcome([], []).case
    rounds, series = Rounds(None, case, 1, print), {"nginx": Series("nginx")}
    answers = iter([load.Failed("1 connections lost")] * failures + [report(40)])

    def answer(*_) -> dict:
        if isinstance(given := next(answers), Exception):
            raise given
        return given

    monkeypatch.setattr(rounds, "_load", answer)
    rounds._one(SimpleNamespace(name="nginx"), series)
    assert ("nginx" in series) == is_measured
    assert rounds.failures[0] == "nginx, attempt 1: 1 connections lost"
    assert ("nginx is not measured" in rounds.failures) != is_measured


@pytest.mark.parametrize(("name", "expected"), [("small", 2), ("pace", 6)])
def test_latencies_are_compared_over_more_rounds_than_processor_time(monkeypatch, name, expected):
    case = next(case for case in CASES if case.name == name)
    rounds, ran = Rounds(None, case, 1, lambda _: None), []
    monkeypatch.setattr(rounds, "_enter", lambda _, name: SimpleNamespace(name=name))
    monkeypatch.setattr(rounds, "_one", lambda running, _: ran.append(running.name))
    monkeypatch.setattr(rounds, "_count_calls", lambda *_: None)
    rounds.run(2, None)
    assert {peer: ran.count(peer) for peer in ran} == dict.fromkeys([case.ours, *case.peers], expected)


def test_what_was_not_measured_is_said_and_has_no_goal():
    made = outcome([30], [])
    del made.series["nginx"]
    made.failures.append("nginx is not measured: it does not do the work")
    assert section(made).text.startswith("nginx is not measured")
    assert section(made).goals == [] and section(made).is_whole
    del made.series["tollgate"]
    assert not section(made).is_whole


def test_latencies_are_what_a_proxy_adds():
    made = outcome([30], [40], latency_goals={"nginx": 1.0})
    made.series["direct"] = Series("direct", [1], [1], [80], [150])
    made.series["nginx"].p50, made.series["nginx"].p99 = [120], [250]
    added = {goal.what: goal.reached for goal in section(made).goals}
    assert added["small: added p50 / nginx"] == [0.5]
    assert added["small: added p99 / nginx"] == [0.5]


def test_a_goal_is_met_by_the_median():
    assert Goal("a", 0.85, [0.8, 0.85, 2]).met
    assert not Goal("a", 0.85, [0.8, 0.86, 0.9]).met
    assert Goal("a", 0.95, [0.96], at_least=True).met
    assert Goal("a", 0.95, [0.9, 0.94], at_least=True).row() == ["a", ">= 0.95", "0.92 (0.9..0.94)", "no"]


def test_all_goals_stand_in_one_table():
    table_of_two = goals_table([section(outcome([1], [2])), section(outcome([2], [2]))])
    assert [line.split("|")[-2].strip() for line in table_of_two.splitlines()[2:]] == ["yes", "no"]


def test_the_page_says_where_and_when_it_was_and_has_the_goals_first():
    made = page([section(outcome([30], [40]))], 7, 2, 0.25, True, Path("/bin/true"))
    assert made.startswith("# Results of `./dev bench`")
    assert "7 interleaved rounds of 2 s" in made and "load average was 0.25" in made and "Linux" in made
    assert "In a network namespace of its own." in made
    assert made.index("small: CPU / nginx") < made.index("## Small\n\n| proxy")


def test_chosen_peers_do_not_take_away_what_a_goal_is_measured_against():
    cases = {case.name: Rounds(None, case, 1, print) for case in CASES}
    assert cases["small"]._stays("nginx", {"nginx"}) and not cases["small"]._stays("tollgate-verify", {"nginx"})
    assert cases["routes"]._stays("tollgate", {"nginx"})
    assert cases["pace"]._stays("direct", {"nginx"})


def test_units_of_a_transfer_are_what_was_transferred():
    series = Series("tollgate")
    series.add(Case("download", "", Load(), (), units=received_mib, unit="MiB"), report(100, received=4 * 1024 * 1024))
    assert series.cpu == [250] and series.rate == [2]


def test_every_case_names_proxies_that_exist():
    for case in CASES:
        assert {case.ours, *case.peers} <= {*ALL, "direct"}
        assert {*case.goals, *case.latency_goals} <= {*case.peers}
    assert len({case.name for case in CASES}) == len(CASES)


def place(folder: Path, **more) -> Place:
    for name in ("certificate.pem", "key.pem"):
        (folder / name).write_text(name)
    return Place(folder, 1001, 1002, 1003, "the-secret", folder / "certificate.pem", folder / "key.pem", **more)


def test_configurations_say_what_makes_each_proxy_another(tmp_path):
    def written(name: str, configure, *arguments, **more) -> str:
        configure(place(tmp_path, **more), *arguments)
        text = (tmp_path / name).read_text()
        assert "127.0.0.1:1003" in text and "1001" in text and "1002" in text
        return text

    assert "proxy_buffers 8 128k" not in written("nginx.conf", nginx, False)
    assert "proxy_buffers 8 128k" in written("nginx.conf", nginx, True)
    assert "jwt_verify" not in written("haproxy.cfg", haproxy, False, False)
    assert 'jwt_verify(txn.alg,"the-secret")' in written("haproxy.cfg", haproxy, True, False)
    assert "splice-request" in written("haproxy.cfg", haproxy, False, True)
    assert "users.db" not in written("tollgate.yaml", tollgate, False)
    assert "users.db" in written("tollgate.yaml", tollgate, True)
    assert written("tollgate.yaml", tollgate, True, routes=100).count("path: '") == 95
    assert "protocols tls1.3" in written("Caddyfile", caddy)


def test_caddy_puts_no_authority_of_its_own_into_the_trust_of_this_machine(tmp_path):
    caddy(place(tmp_path))
    options = (tmp_path / "Caddyfile").read_text().split("}")[0]
    assert "skip_install_trust" in options.split()
