package org.forkwitness.collect;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.forkwitness.jnr.LibC;
import org.forkwitness.jnr.Libraries;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for the end of a process that is not our child: by pidfd_open(2), which names the process and not its number;
 * by looking at /proc where the kernel is older than 5.3. Safe for use by many threads.
 */
final class JvmWatch {
    private static final Logger LOG = LoggerFactory.getLogger(JvmWatch.class);
    private static final int LOOK_EVERY_MS = 200;

    private final CountDownLatch gone = new CountDownLatch(1);
    private final int pid;
    private final Runnable onEnd;

    private JvmWatch(int pid, Runnable onEnd) {
        this.pid = pid;
        this.onEnd = onEnd;
    }

    /** Starts to watch a process on a thread that does not keep this JVM alive, and calls onEnd when it has ended. */
    static JvmWatch start(int pid, Runnable onEnd) {
        JvmWatch watch = new JvmWatch(pid, onEnd);
        Thread thread = new Thread(watch::run, "jvm-watch");
        thread.setDaemon(true);
        thread.start();
        return watch;
    }

    /** True where the process has ended. */
    boolean gone() {
        return gone.getCount() == 0;
    }

    private void run() {
        try {
            if (!waitByPidfd()) {
                waitByProc();
            }
            gone.countDown();
            onEnd.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** False where this kernel or sandbox has no pidfd_open. */
    private boolean waitByPidfd() {
        try {
            return waitByPidfd(Libraries.c());
        } catch (LinkageError e) {
            // jffi cannot unpack its own part where no directory may hold a library (noexec); the first call tells.
            LOG.info("no pidfd_open: {}", e.toString());
            return false;
        }
    }

    private boolean waitByPidfd(LibC libc) {
        Runtime runtime = Runtime.getRuntime(libc);
        int fd = (int) libc.syscall(LibC.SYS_PIDFD_OPEN, pid, 0);
        if (fd < 0) {
            return runtime.getLastError() == LibC.ESRCH;
        }
        Pointer poll = Memory.allocateDirect(runtime, LibC.SIZEOF_POLLFD, true);
        poll.putInt(0, fd);
        poll.putShort(Integer.BYTES, LibC.POLLIN);
        int ready = libc.poll(poll, 1, -1);
        while (ready < 0 && runtime.getLastError() == LibC.EINTR) {
            ready = libc.poll(poll, 1, -1);
        }
        return ready > 0;
    }

    private void waitByProc() throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        while (runs()) {
            never.await(LOOK_EVERY_MS, TimeUnit.MILLISECONDS);
        }
    }

    /** By the state in /proc/pid/stat (proc(5)): a zombie has ended. */
    private boolean runs() {
        try {
            String stat =
                    Files.readString(Path.of("/proc", Integer.toString(pid), "stat"), StandardCharsets.ISO_8859_1);
            return !stat.substring(stat.lastIndexOf(')') + 1).startsWith(" Z");
        } catch (IOException e) {
            LOG.info("process {} is gone: {}", pid, e.getMessage());
            return false;
        }
    }
}
