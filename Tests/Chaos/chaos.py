#!/usr/bin/env python3
"""Postern before three upstreams that are killed, stopped, made slow and restarted at random, under many clients.

usage: chaos.py --binary PATH [--seconds N] [--seed N] [--clients N] [--folder DIR]

Each client sends GETs and POSTs with ids of their own. An upstream writes the id of a POST down before it answers, by
one write to a file that outlives it. At the end
  - no id stands in those files twice, and the id of each POST that was answered 200 stands there;
  - every request had an answer, and each that is cut or a 5xx has a line in the error log, whose cause is one that was
    done to that peer at that time; a 504 is a timeout and a 502 is not;
  - Postern ends with exit code 0 and no line graver than error.
Exit code 0 where all that is so. What else is played is the seed's choice, as far as the machine's timing allows.
"""
import argparse, asyncio, collections, os, random, re, signal, socket, subprocess, sys, tempfile, time

PEERS = 3
ANSWER_LIMIT = 20.0         # a request without an answer for so long has none
BIG = 300_000               # bytes of a big answer

CONFIG = """
worker_processes 2;
pid gateway.pid;
error_log error.log info;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    client_body_temp_path body;
    keepalive_timeout 1h;
    keepalive_requests 100000000;
    upstream app {{
        {servers}
        keepalive 32;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://app;
            proxy_connect_timeout 500ms;
            proxy_send_timeout 1s;
            proxy_read_timeout 1s;
        }}
    }}
}}
"""

# ------------------------------------------------------------------ the upstream, a process of its own


async def read_request(reader):
    """Method, id and body length of the next request; None where the connection is over."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = re.search(r"(?im)^content-length: *(\d+)", head)
        size = int(length.group(1)) if length else 0
        if size:
            await reader.readexactly(size)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    method, target = head.split(" ", 2)[:2]
    return method, target.rsplit("/", 1)[1], size


async def serve_upstream(port, journal):
    """Answers each request with its id; SIGUSR1 makes it slow, SIGUSR2 quick again."""
    record = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    slow = False

    def turn(value):
        nonlocal slow
        slow = value

    async def connection(reader, writer):
        try:
            while (request := await read_request(reader)) is not None:
                method, ident, _ = request
                if method == "POST":
                    os.write(record, (ident + "\n").encode())
                if slow:
                    await asyncio.sleep(random.uniform(0.2, 3))
                body = ident.encode() + b"\n"
                if ident.endswith("b"):
                    body += b"x" * BIG
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                await writer.drain()
        except ConnectionError:
            pass
        writer.close()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, turn, True)
    loop.add_signal_handler(signal.SIGUSR2, turn, False)
    server = await asyncio.start_server(connection, "127.0.0.1", port, backlog=64)
    async with server:
        await server.serve_forever()


class Peer:
    """One upstream and what was done to it: (kind, begin, end) in seconds of the wall clock."""

    def __init__(self, index, port, folder, chance):
        self.port, self.chance, self.done = port, chance, []
        self.journal = os.path.join(folder, "journal-%d" % index)
        self.process = None

    async def start(self):
        self.process = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), "--upstream", str(self.port), self.journal],
            stdin=subprocess.DEVNULL)
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit("an upstream does not start")
                await asyncio.sleep(0.02)

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.send_signal(signal.SIGCONT)
        self.process.wait()

    async def suffer(self, until):
        """Something happens to it from time to time."""
        while True:
            await asyncio.sleep(self.chance.uniform(0.5, 12))
            if time.time() >= until:
                return
            kind = self.chance.choice(["killed", "stopped", "slow", "restarted"])
            lasts = self.chance.uniform(0.3, 4)
            entry = [kind, time.time(), None]
            self.done.append(entry)
            if kind in ("killed", "restarted"):
                self.end(signal.SIGKILL if kind == "killed" else signal.SIGTERM)
                await asyncio.sleep(lasts if kind == "killed" else 0)
                await self.start()
            elif kind == "stopped":
                self.process.send_signal(signal.SIGSTOP)
                await asyncio.sleep(lasts)
                self.process.send_signal(signal.SIGCONT)
            else:
                self.process.send_signal(signal.SIGUSR1)
                await asyncio.sleep(lasts)
                self.process.send_signal(signal.SIGUSR2)
            entry[2] = time.time()

    def had(self, kinds, moment):
        """Whether one of these was going on at that moment or shortly before; a log's time has whole seconds. What was
        slow or stood still may be felt for some seconds more."""
        after = {"killed": 1, "restarted": 1, "stopped": 2, "slow": 4}
        return any(kind in kinds and begin - 1 <= moment + 1 and moment <= (end or moment) + after[kind]
                   for kind, begin, end in self.done)


# ------------------------------------------------------------------ clients


class Client:
    """Sends one request after another; what came of each is kept."""

    def __init__(self, index, port, chance, results):
        self.index, self.port, self.chance, self.results = index, port, chance, results
        self.reader = self.writer = None

    async def run(self, until):
        number = 0
        while time.time() < until:
            await asyncio.sleep(self.chance.uniform(0, 0.8))
            number += 1
            method = self.chance.choice(["GET", "POST"])
            big = method == "GET" and self.chance.random() < 0.05
            ident = "%d-%d%s" % (self.index, number, "b" if big else "")
            try:
                outcome = await asyncio.wait_for(self.ask(method, ident), ANSWER_LIMIT)
            except asyncio.TimeoutError:
                outcome = "none"
            if outcome in ("none", "cut") or self.chance.random() < 0.05:
                self.close()
            self.results.append((method, ident, outcome))
        self.close()

    def close(self):
        if self.writer:
            self.writer.transport.abort()
        self.reader = self.writer = None

    async def ask(self, method, ident):
        """The status, or: "none", no answer; "cut", not whole; "wrong", another request's."""
        if not self.writer:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        body = b"" if method == "GET" else b"y" * self.chance.choice([1, 100, 20_000])
        self.writer.write(("%s /%s HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n"
                           % (method, ident, len(body))).encode() + body)
        try:
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except (asyncio.IncompleteReadError, ConnectionError):
            return "none"
        status = int(head.split(" ", 2)[1])
        try:
            answer = await self.reader.readexactly(int(re.search(r"(?im)^content-length: *(\d+)", head).group(1)))
        except (asyncio.IncompleteReadError, ConnectionError):
            return "cut"
        if re.search(r"(?im)^connection: *close", head):
            self.close()
        if status == 200 and not answer.startswith(ident.encode() + b"\n"):
            return "wrong"
        return status


# ------------------------------------------------------------------ what is to be so

GONE, HELD = ("killed", "restarted"), ("stopped", "slow")
CAUSES = [  # the line's text, its name, what explains it, the status that it makes
    (r"connect\(\) .*failed \(111: ", "refused", GONE, 502),
    (r"connect\(\) .*failed \(104: ", "reset while connecting", GONE, 502),
    (r"prematurely closed connection", "closed", GONE, 502),
    (r"(recv|readv|send|writev|sendmsg)\(\) failed \((104|32): ", "reset", GONE, 502),
    (r"timed out \(110: [^)]*\) while connecting", "connect timeout", ("stopped",), 504),
    (r"timed out \(110: ", "timeout", HELD, 504),
    (r"no live upstreams", "no live upstreams", (), 502),
]
LINE = re.compile(r'(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(\w+)\] \d+#\d+: (?:\*\d+ )?(.*)')


def explain(line, peers, failures):
    """The line's cause: its name, the status that it makes, and whether it is what was done then."""
    when, text = line
    for pattern, name, kinds, status in CAUSES:
        if not re.search(pattern, text):
            continue
        if name == "no live upstreams":
            # Each peer is left alone for two seconds after a failure, until a request comes; the log has whole seconds.
            return name, status, all(any(-4 <= time - when <= 1 for time in failures[peer.port]) for peer in peers)
        peer = failed_peer(text, peers)
        return name, status, peer is not None and peer.had(kinds, when)
    return "?", None, False


def failed_peer(text, peers):
    """The peer that a line is about; None where it is about none."""
    port = re.search(r'upstream: "http://127\.0\.0\.1:(\d+)/', text)
    return next((peer for peer in peers if port and peer.port == int(port.group(1))), None)


def judge(results, log, peers):
    """Prints the figures; what is wrong, a line each."""
    wrong = []
    lines = collections.defaultdict(list)
    failures = collections.defaultdict(list)
    causes = collections.Counter()
    for line in log.splitlines():
        match = LINE.match(line)
        if not match:
            wrong.append("no log line: " + line)
            continue
        when, level, text = match.groups()
        if level in ("emerg", "alert", "crit"):
            wrong.append("a grave line: " + line)
        request = re.search(r'request: "(?:GET|POST) /(\S+) ', text)
        if level == "error" and request:
            moment = time.mktime(time.strptime(when, "%Y/%m/%d %H:%M:%S"))
            lines[request.group(1)].append((moment, text))
            if (peer := failed_peer(text, peers)) is not None:
                failures[peer.port].append(moment)
    executed = collections.Counter()
    for peer in peers:
        with open(peer.journal) as journal:
            executed.update(journal.read().split())
    twice = sorted(ident for ident, count in executed.items() if count > 1)
    wrong += ["executed twice: %s: %s" % (ident, lines[ident]) for ident in twice]
    # Those of attempts that another one made good are looked at as well.
    explained = {ident: [explain(line, peers, failures) for line in all] for ident, all in lines.items()}
    odd = [line for ident, all in explained.items() for line, why in zip(lines[ident], all) if not why[2]]
    wrong += ["unexplained line: %s" % line[1] for line in odd]
    unexplained = 0
    for method, ident, outcome in results:
        if outcome == 200:
            if method == "POST" and executed[ident] != 1:
                wrong.append("answered 200 and not executed: " + ident)
            continue
        if outcome in ("none", "wrong") or outcome != "cut" and outcome not in (502, 504):
            wrong.append("%s %s: %s: %s" % (method, ident, outcome, lines[ident]))
            continue
        name, status, is_so = explained[ident][-1] if lines[ident] else ("no line", None, False)
        causes["%s: %s" % (outcome, name)] += 1
        if not is_so or outcome not in ("cut", status):
            unexplained += 1
            wrong.append("unexplained %s of %s %s: %s" % (outcome, method, ident, lines[ident][-2:]))
    outcomes = collections.Counter(outcome for _, _, outcome in results)
    faults = collections.Counter(kind for peer in peers for kind, _, _ in peer.done)
    retried = sum(1 for _, ident, outcome in results if outcome == 200 and lines[ident])
    figures = lambda counter: ", ".join("%s %d" % pair for pair in sorted(counter.items(), key=lambda p: str(p[0])))
    print("faults: " + figures(faults))
    print("requests: %d (%d POST)" % (len(results), sum(1 for r in results if r[0] == "POST")))
    print("answers: %s; %d of 200 after a failed attempt" % (figures(outcomes), retried))
    print("failures by cause: " + figures(causes))
    print("POSTs executed: %d; twice: %d; without an answer: %d; unexplained: %d, lines %d"
          % (len(executed), len(twice), outcomes["none"], unexplained, len(odd)))
    if not results or not executed or len(results) < 10 * (len(faults) + 1):
        wrong.append("too little was played")
    return wrong


def free_ports(count):
    """Ports that are free, from below the range that the kernel takes ports of clients from."""
    ports, candidate = [], 10_000 + os.getpid() * 131 % 20_000
    while len(ports) < count:
        candidate = candidate + 1 if candidate < 30_000 else 10_000
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
                ports.append(candidate)
            except OSError:
                pass
    return ports


async def play(options, folder):
    chance = random.Random(options.seed)
    ports = free_ports(PEERS + 1)
    peers = [Peer(index, port, folder, random.Random(chance.random())) for index, port in enumerate(ports[1:])]
    servers = " ".join("server 127.0.0.1:%d fail_timeout=1s;" % peer.port for peer in peers)
    with open(os.path.join(folder, "nginx.conf"), "w") as file:
        file.write(CONFIG.format(servers=servers, port=ports[0]))
    results = []
    gateway = None
    try:
        for peer in peers:
            await peer.start()
        gateway = subprocess.Popen(
            [options.binary, "-p", folder + "/", "-c", "nginx.conf", "-g", "daemon off;"], stdin=subprocess.DEVNULL)
        while "started, " not in read(folder, "error.log"):
            if gateway.poll() is not None:
                raise SystemExit("the gateway does not start")
            await asyncio.sleep(0.05)
        until = time.time() + options.seconds
        clients = [Client(i, ports[0], random.Random(chance.random()), results) for i in range(options.clients)]
        await asyncio.gather(*[peer.suffer(until) for peer in peers], *[client.run(until) for client in clients])
        # What stood still may still execute something.
        await asyncio.sleep(4)
        gateway.send_signal(signal.SIGQUIT)
        code = await asyncio.to_thread(gateway.wait, 30)
    finally:
        for peer in peers:
            if peer.process and peer.process.poll() is None:
                peer.end()
        if gateway and gateway.poll() is None:
            gateway.kill()
            gateway.wait()
    wrong = judge(results, read(folder, "error.log"), peers)
    return wrong + ([] if code == 0 else ["the gateway ended with %d" % code])


def read(folder, name):
    try:
        with open(os.path.join(folder, name), encoding="latin-1") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upstream", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--binary")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4)))
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--folder", help="where its files stay; else they are removed where all is well")
    options = parser.parse_args()
    if options.upstream:
        return asyncio.run(serve_upstream(int(options.upstream[0]), options.upstream[1]))
    if not options.binary:
        parser.error("--binary is needed")
    options.binary = os.path.abspath(options.binary)
    print("seed %d: %d clients for %d s" % (options.seed, options.clients, options.seconds), flush=True)
    folder = options.folder or tempfile.mkdtemp(prefix="postern-chaos-")
    os.makedirs(folder, exist_ok=True)
    wrong = asyncio.run(play(options, folder))
    for line in wrong[:20]:
        print("WRONG " + line[:1000])
    if len(wrong) > 20:
        print("… and %d more" % (len(wrong) - 20))
    if wrong or options.folder:
        print("the logs are in " + folder)
    else:
        subprocess.run(["rm", "-r", folder], check=True)
    print("chaos: " + ("FAILED" if wrong else "ok"))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
