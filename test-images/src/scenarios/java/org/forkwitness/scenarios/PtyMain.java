package org.forkwitness.scenarios;

import com.pty4j.PtyProcess;
import com.pty4j.PtyProcessBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Starts a program in a pseudo-terminal by pty4j. */
public final class PtyMain {
    private PtyMain() {}

    /** Entry point. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        PtyProcess process = start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        System.out.println("child " + process.pid());
        System.out.println("status " + process.waitFor());
        System.out.println("said " + said.strip());
    }

    private static PtyProcess start() throws IOException {
        return new PtyProcessBuilder(new String[] {"/bin/echo", "ran"}).start(); // HERE: pty4j
    }
}
