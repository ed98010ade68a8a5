"""What the measurements of this folder share: peers, processes, a proxy that counts, and the tables they write."""

import os
import selectors
import signal
import socket
import subprocess
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SAFFRON = os.environ.get("SAFFRON") or os.path.join(ROOT, ".build", "release", "saffron")
PEERS = os.path.join(ROOT, "Scripts", "peers")
TICK = os.sysconf("SC_CLK_TCK")


class Peer:
    """A server of Scripts/peers for the length of a `with`."""

    def __init__(self, script, *start, **environment):
        self.script, self.start = os.path.join(PEERS, script), list(start)
        self.environment = os.environ | environment | {"SAFFRON_OWNER": str(os.getpid())}

    def __enter__(self):
        answer = subprocess.run(
            [self.script, "start", *self.start], env=self.environment, check=True, capture_output=True, text=True
        )
        facts = dict(line.split("=", 1) for line in answer.stdout.splitlines() if "=" in line)
        self.name = facts["NAME"]
        return facts

    def __exit__(self, *_):
        subprocess.run([self.script, "stop", self.name], env=self.environment, check=False, capture_output=True)


# What reaches the client is exact.
LOSSLESS = {"XSPICE_JPEG_WAN_COMPRESSION": "never", "XSPICE_ZLIB_GLZ_WAN_COMPRESSION": "never", "XSPICE_CURSOR": "0"}


def desktop(size, **environment):
    """The X desktop on libspice-server, without loss."""
    return Peer("xspice", "auto", "auto", XSPICE_SIZE=size, **LOSSLESS, **environment)


class Program:
    """A program on an X display for the length of a `with`."""

    def __init__(self, display, *words, is_announced=True):
        self.words, self.environment, self.is_announced = words, os.environ | {"DISPLAY": display}, is_announced

    def __enter__(self):
        self.process = subprocess.Popen(
            self.words, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if self.is_announced and self.process.stdout.readline() != "ready\n":
            raise SystemExit(f"{' '.join(self.words)} did not begin")
        return self

    def __exit__(self, *_):
        finish(self.process)


def player(display, folder, *how):
    """A folder of pictures on an X display."""
    return Program(display, os.path.join(ROOT, "Benchmarks", "x-player"), folder, *how)


class Ours:
    """A server of ours for the length of a `with`: its port and process. `saffron serve`, or another `program`."""

    def __init__(self, *arguments, program=(SAFFRON, "serve", "--listen", "127.0.0.1:0")):
        self.arguments = [*program, *arguments]

    def __enter__(self):
        self.process = subprocess.Popen(self.arguments, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline().strip()
        if not line.startswith("spice://"):
            raise SystemExit(f"{' '.join(self.arguments)} did not begin to serve")
        return {"PORT": line.rsplit(":", 1)[1], "PID": str(self.process.pid)}

    def __exit__(self, *_):
        finish(self.process)


class Run:
    """A program that ran to its end: seconds on the clock, seconds of processor time, KiB at its largest, and its output."""

    def __init__(self, seconds, usage, output):
        self.seconds, self.output = seconds, output
        self.cpu, self.memory = usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def run(arguments):
    """Runs a program to its end, and ends this one where that fails."""
    with tempfile.TemporaryFile() as output:
        devnull = os.open(os.devnull, os.O_WRONLY)
        start = time.perf_counter()
        actions = [(os.POSIX_SPAWN_DUP2, output.fileno(), 1), (os.POSIX_SPAWN_DUP2, devnull, 2)]
        process = os.posix_spawnp(arguments[0], arguments, os.environ, file_actions=actions)
        _, status, usage = os.wait4(process, 0)
        seconds = time.perf_counter() - start
        os.close(devnull)
        if status != 0:
            raise SystemExit(f"{' '.join(arguments)} failed with status {status}")
        output.seek(0)
        return Run(seconds, usage, output.read().decode(errors="replace"))


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def await_listener(port, name):
    for _ in range(200):
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"{name} does not start")


def finish(process):
    """Ends a process that was started here."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def server_pid(pid):
    """The process itself; a peer's PID is that of the `timeout` which watches over it."""
    pid = int(pid)
    while True:
        with open(f"/proc/{pid}/comm") as file:
            if file.read().strip() not in ("timeout", "env", "setsid"):
                return pid
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            pid = int(file.read().split()[0])


def cpu_seconds(pid):
    """What all threads of a process have used so far, in user mode and in the kernel: its clock of processor time, as
    clock_getcpuclockid(3) names it. /proc/PID/stat counts in hundredths of a second."""
    return time.clock_gettime(~int(pid) << 3 | 2)


def kernel_seconds(pid):
    """The part of it that was used in the kernel."""
    with open(f"/proc/{pid}/stat") as file:
        return int(file.read().rpartition(")")[2].split()[12]) / TICK


def resident_mib(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


class CountingProxy:
    """Stands before a server on 127.0.0.1 and counts the bytes that go through it to the client and from it."""

    def __init__(self, port):
        self.target = int(port)
        self.to_client = self.from_client = 0

    def __enter__(self):
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.is_over = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join()
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()

    def run(self):
        while not self.is_over:
            for key, _ in self.selector.select(0.2):
                if key.fileobj is self.listener:
                    self.accept()
                elif key.fileobj.fileno() >= 0:
                    self.carry(key.fileobj, *key.data)

    def accept(self):
        client, _ = self.listener.accept()
        server = socket.create_connection(("127.0.0.1", self.target))
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.selector.register(client, selectors.EVENT_READ, (server, False))
        self.selector.register(server, selectors.EVENT_READ, (client, True))

    def carry(self, source, sink, is_for_client):
        try:
            data = source.recv(1 << 18)
            if data:
                sink.sendall(data)
        except OSError:
            data = b""
        if not data:
            for end in (source, sink):
                self.selector.unregister(end)
                end.close()
        elif is_for_client:
            self.to_client += len(data)
        else:
            self.from_client += len(data)


class KeyClock(CountingProxy):
    """Takes the time from a key that it has handed to the server until it gets drawing for it: what of the time from
    key to pixels is the server's and its program's. The rest is the client's, the same for every server."""

    INPUTS, DISPLAY = 3, 2
    KEY_DOWN = b"\x65\x00"

    def __init__(self, port):
        super().__init__(port)
        self.kinds, self.pressed, self.delays = {}, None, []

    def carry(self, source, sink, is_for_client):
        client = sink if is_for_client else source
        try:
            data = source.recv(1 << 18, socket.MSG_PEEK) if client.fileno() >= 0 else b""
        except OSError:
            data = b""
        if client not in self.kinds and len(data) > 20:
            self.kinds[client] = data[20]  # of the link message
        kind = self.kinds.get(client)
        if is_for_client and kind == self.DISPLAY and self.pressed is not None:
            self.delays.append(time.perf_counter() - self.pressed)
            self.pressed = None
        super().carry(source, sink, is_for_client)
        if not is_for_client and kind == self.INPUTS and data.startswith(self.KEY_DOWN):
            self.pressed = time.perf_counter()


class ReferenceClient:
    """Scripts/peers/glib-client, which obeys lines."""

    def __init__(self, port, seconds=120):
        self.words = [os.path.join(PEERS, "glib-client"), f"spice://127.0.0.1:{port}", "--seconds", str(seconds)]

    def __enter__(self):
        self.process = subprocess.Popen(
            self.words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return self

    def does(self, *lines):
        """Returns when the lines are done: True, or False where the client has ended over them."""
        try:
            self.process.stdin.write("\n".join([*lines, "facts", ""]))
            self.process.stdin.flush()
        except BrokenPipeError:
            return False
        return bool(self.process.stdout.readline())

    def say(self, *lines):
        if not self.does(*lines):
            raise SystemExit(f"the reference client ended, and should have done: {'; '.join(lines)}")

    def __exit__(self, *_):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        finish(self.process)


def table(rows):
    head = ["| what | ours | against | ratio | to reach |", "|---|---|---|---|---|"]
    return "\n".join(head + ["| " + " | ".join(row) + " |" for row in rows])


def write_page(path, text, rows):
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{text}\n\n{table(rows)}\n")
