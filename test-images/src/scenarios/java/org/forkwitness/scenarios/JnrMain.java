package org.forkwitness.scenarios;

import jnr.ffi.LibraryLoader;

/** Forks from Java through jnr-ffi, which finds fork by dlsym. */
public final class JnrMain {
    private JnrMain() {}

    /** fork(2), _exit(2), waitpid(2). */
    public interface C {
        int fork();

        void _exit(int status);

        int waitpid(int pid, int[] status, int options);

        int getpid();
    }

    public static void main(String[] arguments) {
        C c = LibraryLoader.create(C.class).load("c");
        // What the child does has been done once before: it finds all of it linked.
        step(c, c.getpid());
        int pid = c.fork(); // HERE: jnr-fork
        step(c, pid);
        int[] status = new int[1];
        c.waitpid(pid, status, 0);
        System.out.println("forked " + pid);
        System.out.println("status " + (status[0] >> 8 & 0xff));
    }

    private static void step(C c, int pid) {
        if (pid == 0) {
            c._exit(3);
        }
    }
}
