"""A Python program with a JVM in its process, which forks. Arguments: libjvm.so, the JVM's option, what to do."""

import ctypes
import os
import signal
import subprocess
import sys
import threading


class Option(ctypes.Structure):
    _fields_ = [("text", ctypes.c_char_p), ("extra", ctypes.c_void_p)]


class Arguments(ctypes.Structure):
    _fields_ = [
        ("version", ctypes.c_int32),
        ("count", ctypes.c_int32),
        ("options", ctypes.POINTER(Option)),
        ("lenient", ctypes.c_ubyte),
    ]


JNI_VERSION_10 = 0x000A0000


def start_jvm(library, option):
    jvm = ctypes.CDLL(library)
    options = (Option * 1)(Option(option.encode(), None))
    arguments = Arguments(JNI_VERSION_10, 1, options, 0)
    machine = ctypes.c_void_p()
    environment = ctypes.c_void_p()
    error = jvm.JNI_CreateJavaVM(ctypes.byref(machine), ctypes.byref(environment), ctypes.byref(arguments))
    if error:
        sys.exit(f"JNI_CreateJavaVM: {error}")
    return machine


def end_jvm(machine):
    functions = ctypes.cast(machine, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p))).contents
    destroy = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)(functions[3])
    destroy(machine)


def make_child():
    return os.fork()  # HERE: python-fork


def fork_and_leave():
    pid = make_child()  # HERE: python-caller
    if pid == 0:
        os._exit(0)
    print("child", pid, flush=True)
    os.waitpid(pid, 0)


def hold(lock, held, leave):
    with lock:  # HERE: python-hold
        held.set()
        leave.wait()


def fork_and_lock(wanted):
    lock = threading.Lock()
    held = threading.Event()
    leave = threading.Event()
    holder = threading.Thread(target=hold, args=(lock, held, leave), name="holder")
    holder.start()  # HERE: python-thread
    held.wait()
    pid = make_child()
    if pid == 0:
        if wanted:
            lock.acquire()  # HERE: python-want
        os._exit(0)
    print("child", pid, flush=True)
    if wanted:
        sys.stdin.readline()
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    leave.set()
    holder.join()


def run_program():
    subprocess.run(["/bin/true"], check=True)  # HERE: python-run


def main():
    machine = start_jvm(sys.argv[1], sys.argv[2])
    {
        "fork": fork_and_leave,
        "lock": lambda: fork_and_lock(True),
        "no-lock": lambda: fork_and_lock(False),
        "run": run_program,
    }[sys.argv[3]]()
    end_jvm(machine)


main()
