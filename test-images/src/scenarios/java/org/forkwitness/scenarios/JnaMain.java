package org.forkwitness.scenarios;

import com.sun.jna.Library;
import com.sun.jna.Native;

/** Forks from Java through JNA, which finds fork by dlsym. */
public final class JnaMain {
    private JnaMain() {}

    /** fork(2), _exit(2), waitpid(2). */
    public interface C extends Library {
        int fork();

        void _exit(int status);

        int waitpid(int pid, int[] status, int options);
    }

    public static void main(String[] arguments) {
        C c = Native.load("c", C.class);
        int pid = c.fork(); // HERE: jna-fork
        if (pid == 0) {
            c._exit(3);
        }
        int[] status = new int[1];
        c.waitpid(pid, status, 0);
        System.out.println("forked " + pid);
        System.out.println("status " + (status[0] >> 8 & 0xff));
    }
}
