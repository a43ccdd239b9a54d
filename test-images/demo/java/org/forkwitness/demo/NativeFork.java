package org.forkwitness.demo;

import java.nio.file.Path;

/** Calls a JNI library that forks and executes a program. Its argument is the library's path. */
public final class NativeFork {
    private NativeFork() {}

    public static void main(String[] arguments) {
        System.load(Path.of(arguments[0]).toAbsolutePath().toString());
        System.out.println("forked process " + runProgram());
    }

    /** Runs {@code /bin/true} and waits for it. Returns its pid. */
    private static native int runProgram();
}
