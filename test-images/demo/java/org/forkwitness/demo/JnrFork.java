package org.forkwitness.demo;

import jnr.ffi.LibraryLoader;

/** Calls the C library's fork from Java, through jnr-ffi. The child leaves at once by _exit. */
public final class JnrFork {
    private JnrFork() {}

    /** fork(2), _exit(2), waitpid(2). */
    public interface C {
        int fork();

        void _exit(int status);

        int waitpid(int pid, int[] status, int options);
    }

    public static void main(String[] arguments) {
        C c = LibraryLoader.create(C.class).load("c");
        int pid = c.fork();
        if (pid == 0) {
            c._exit(3);
        }
        c.waitpid(pid, new int[1], 0);
        System.out.println("forked process " + pid);
    }
}
