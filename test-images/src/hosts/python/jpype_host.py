"""A Python program with a JVM in its process (JPype), which makes child processes in Python's many ways.

Arguments: the option for the JVM, what to do. Where a child hangs, a line on standard input says that this was seen.
"""

import io
import multiprocessing
import os
import pty
import signal
import socket
import socketserver
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor

import jpype

# Debian keeps the Java half of JPype apart from the Python half.
JPYPE_JAR = "/usr/share/java/org.jpype.jar"
FORK = multiprocessing.get_context("fork")


def told(pid):
    print("child", pid, flush=True)
    return pid


def reap(pid):
    _, status = os.waitpid(pid, 0)
    print("status", os.waitstatus_to_exitcode(status), flush=True)


def reap_hung(pid):
    """Waits until the test has seen the child hang, and ends it."""
    sys.stdin.readline()
    os.kill(pid, signal.SIGKILL)
    reap(pid)


class Held:
    """A thread that enters a context, says so, and stays there until it is released."""

    def __init__(self, context):
        self.context = context
        self.entered = threading.Event()
        self.leave = threading.Event()
        self.thread = threading.Thread(target=self.stay, name="holder")

    def stay(self):
        with self.context:
            self.entered.set()
            self.leave.wait()  # HERE: jpype-stay

    def __enter__(self):
        self.thread.start()  # HERE: jpype-thread
        self.entered.wait()
        return self

    def __exit__(self, *_):
        self.leave.set()
        self.thread.join()


# os.fork and what the child does


def leave_at_once():
    pid = os.fork()  # HERE: jpype-fork
    if pid == 0:
        os._exit(0)
    reap(told(pid))


def start_program():
    pid = os.fork()  # HERE: jpype-fork-exec
    if pid == 0:
        os.execv("/bin/true", ["/bin/true"])
    reap(told(pid))


def collect_garbage():
    system = jpype.JClass("java.lang.System")
    pid = os.fork()  # HERE: jpype-fork-gc
    if pid == 0:
        system.gc()  # HERE: jpype-gc
        os._exit(0)
    reap_hung(told(pid))


def call_java():
    integer = jpype.JClass("java.lang.Integer")
    pid = os.fork()  # HERE: jpype-fork-java
    if pid == 0:
        os._exit(int(integer.parseInt("7")))  # HERE: jpype-java
    reap(told(pid))


def shut_down():
    pid = os.fork()  # HERE: jpype-fork-shutdown
    if pid == 0:
        jpype.shutdownJVM()  # HERE: jpype-shutdown
        os._exit(0)
    reap_hung(told(pid))


def end_as_programs_end():
    """The child runs Python's exit handlers: JPype's ends the JVM."""
    pid = os.fork()  # HERE: jpype-fork-exit
    if pid == 0:
        sys.exit(0)
    reap_hung(told(pid))


# Locks that another thread holds


def lock_held(wanted):
    lock = threading.Lock()  # HERE: jpype-lock
    with Held(lock):
        pid = os.fork()  # HERE: jpype-fork-lock
        if pid == 0:
            if wanted:
                lock.acquire()  # HERE: jpype-want-lock
            os._exit(0)
        told(pid)
        (reap_hung if wanted else reap)(pid)


class SlowDevice(io.RawIOBase):
    """Stays in write until it is released."""

    def __init__(self):
        super().__init__()
        self.entered = threading.Event()
        self.leave = threading.Event()

    def writable(self):
        return True

    def write(self, data):
        self.entered.set()
        self.leave.wait()  # HERE: jpype-device
        return len(data)


def writer_held(wanted):
    device = SlowDevice()
    log = io.BufferedWriter(device, buffer_size=16)  # HERE: jpype-writer

    def write_much():
        log.write(b"x" * 64)  # HERE: jpype-write

    writer = threading.Thread(target=write_much, name="writer")
    writer.start()
    device.entered.wait()
    pid = os.fork()  # HERE: jpype-fork-writer
    if pid == 0:
        if wanted:
            log.write(b"from the child")  # HERE: jpype-want-writer
        os._exit(0)
    told(pid)
    (reap_hung if wanted else reap)(pid)
    device.leave.set()
    writer.join()


def shared_lock_held():
    """A lock of multiprocessing is held in the parent while one child waits for it, rightly, and another one hangs."""
    shared = FORK.Lock()
    private = threading.Lock()
    with Held(private):
        shared.acquire()
        patient = os.fork()  # HERE: jpype-fork-shared
        if patient == 0:
            shared.acquire()  # HERE: jpype-want-shared
            os._exit(0)
        print("patient", patient, flush=True)
        pid = os.fork()  # HERE: jpype-fork-beside
        if pid == 0:
            private.acquire()
            os._exit(0)
        reap_hung(told(pid))
        shared.release()
        reap(patient)


def fork_hook(mended):
    """What after_in_child runs meets the lock that another thread holds; one that makes the lock anew does not."""
    lock = threading.Lock()  # HERE: jpype-hook-lock

    def renew():
        if mended:
            lock._at_fork_reinit()
        with lock:  # HERE: jpype-hook
            pass

    os.register_at_fork(after_in_child=renew)
    with Held(lock):
        pid = os.fork()  # HERE: jpype-fork-hook
        if pid == 0:
            os._exit(0)
        told(pid)
        (reap if mended else reap_hung)(pid)


# Python's library


def work(number):
    return number * number


def process():
    worker = FORK.Process(target=work, args=(3,))
    worker.start()  # HERE: jpype-process
    told(worker.pid)
    worker.join()


def fill(queue):
    for number in range(10):
        queue.put(number)  # HERE: jpype-put
    queue.close()
    queue.join_thread()


def queue():
    """The parent has a feeder thread of its own by the time it forks; the child makes one, too."""
    numbers = FORK.Queue()
    numbers.put(-1)
    numbers.get()
    worker = FORK.Process(target=fill, args=(numbers,))
    worker.start()  # HERE: jpype-queue
    told(worker.pid)
    for _ in range(10):
        numbers.get()
    worker.join()


def pool():
    with ProcessPoolExecutor(max_workers=2, mp_context=FORK) as executor:
        futures = [executor.submit(work, number) for number in range(4)]  # HERE: jpype-pool
        print("sum", sum(future.result() for future in futures), flush=True)


class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.readline())


class Server(socketserver.ForkingMixIn, socketserver.TCPServer):
    pass


def server():
    with Server(("127.0.0.1", 0), Echo) as listening:
        with socket.create_connection(listening.server_address) as client:
            client.sendall(b"hello\n")
            listening.handle_request()  # HERE: jpype-server
            print("answer", client.makefile().readline(), end="", flush=True)


def pseudo_terminal(make):
    pid, terminal = make()  # HERE: jpype-terminal
    if pid == 0:
        os._exit(0)
    told(pid)
    reap(pid)
    os.close(terminal)


def run_program():
    subprocess.run(["/bin/true"], check=True)  # HERE: jpype-run


def run_program_after_setup():
    subprocess.run(["/bin/true"], check=True, preexec_fn=lambda: os.environ.update(A="b"))  # HERE: jpype-preexec


def shell():
    os.system("true")  # HERE: jpype-system


TASKS = {
    "fork": leave_at_once,
    "fork-exec": start_program,
    "gc": collect_garbage,
    "java": call_java,
    "shutdown": shut_down,
    "exit": end_as_programs_end,
    "lock": lambda: lock_held(True),
    "lock-unwanted": lambda: lock_held(False),
    "writer": lambda: writer_held(True),
    "writer-unwanted": lambda: writer_held(False),
    "shared-lock": shared_lock_held,
    "hook": lambda: fork_hook(False),
    "hook-mended": lambda: fork_hook(True),
    "process": process,
    "queue": queue,
    "pool": pool,
    "server": server,
    "pty-fork": lambda: pseudo_terminal(pty.fork),
    "forkpty": lambda: pseudo_terminal(os.forkpty),
    "run": run_program,
    "preexec": run_program_after_setup,
    "system": shell,
}


if __name__ == "__main__":
    # Without compilers: their threads hold one lock or another of the JVM at any moment, and so at the fork.
    jpype.startJVM(sys.argv[1], "-Xint", classpath=[JPYPE_JAR])
    TASKS[sys.argv[2]]()
