package org.forkwitness.scenarios;

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/**
 * Goes through the steps that its arguments name, words separated by colons:
 *
 * <ul>
 *   <li>{@code java:NAME:ROLE}, {@code native:NAME:ROLE}: starts a thread and waits until it holds
 *   <li>{@code monitor:NAME}: starts a Java thread and waits until it is in a monitor
 *   <li>{@code release:NAME}: lets it go on and waits for its end
 *   <li>{@code act:ROLE}: acts in the main thread
 *   <li>{@code fork:WAY:ROLE}, {@code return}: makes a child that acts, or one that returns to Java and leaves; prints
 *       its pid
 *   <li>{@code ready}: waits until a child says so; {@code go}: lets one go on
 *   <li>{@code line}: waits for a line of the standard input
 *   <li>{@code signal:NUMBER}: sends a signal to the child that was made last
 *   <li>{@code reap}: waits for the ends of all children
 * </ul>
 *
 * <p>At the end it releases all threads and reaps all children.
 */
public final class PlayMain {
    private static final int STATUS_OF_RETURN = 7;

    private final Map<String, Thread> threads = new LinkedHashMap<>();
    private final Map<String, CountDownLatch> monitors = new HashMap<>();
    private final Deque<Integer> children = new ArrayDeque<>();
    private final BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

    private PlayMain() {}

    public static void main(String[] arguments) throws Exception {
        PlayMain play = new PlayMain();
        warmUp();
        say("begins", arguments.length);
        for (String argument : arguments) {
            play.step(argument.split(":"));
        }
        for (String name : play.threads.keySet().toArray(new String[0])) {
            play.release(name);
        }
        play.reap();
    }

    /**
     * The first call of a native method looks it up under the loader's lock, which a thread of the play may hold, and
     * which a child may find held: all that is called later has been called before.
     */
    private static void warmUp() throws IOException {
        Play.leave(-1);
        System.in.available();
        try (InputStream nothing = new FileInputStream("/dev/null")) {
            nothing.read(new byte[1]);
        }
    }

    private static void say(String word, int number) {
        System.out.println(word + " " + number);
    }

    private void step(String[] words) throws InterruptedException, IOException {
        switch (words[0]) {
            case "java" -> startJava(words[1], words[2]);
            case "native" -> startNative(words[1], words[2]);
            case "monitor" -> startInMonitor(words[1]);
            case "release" -> release(words[1]);
            case "act" -> Play.act(words[1]);
            case "fork" -> forked(Play.fork(words[1], words[2])); // HERE: play-java-fork
            case "return" -> forkAndReturn();
            case "ready" -> Play.awaitReady();
            case "go" -> Play.go();
            case "line" -> in.readLine();
            case "signal" -> Play.signal(children.getLast(), Integer.parseInt(words[1]));
            case "reap" -> reap();
            default -> throw new IllegalArgumentException(words[0]);
        }
    }

    private void startJava(String name, String role) {
        Play.cast(name, role, false);
        Thread thread = new Thread(() -> Play.perform(name), name); // HERE: play-java-thread
        threads.put(name, thread);
        thread.start();
        Play.await(name);
    }

    private void startNative(String name, String role) {
        Play.cast(name, role, true);
        threads.put(name, Thread.currentThread());
        Play.await(name);
    }

    /** What the monitor belongs to. */
    private static final class Treasure {}

    private void startInMonitor(String name) throws InterruptedException {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        Thread thread = new Thread(() -> holdMonitor(new Treasure(), entered, leave), name);
        threads.put(name, thread);
        monitors.put(name, leave);
        thread.start();
        entered.await();
    }

    private static void holdMonitor(Treasure treasure, CountDownLatch entered, CountDownLatch leave) {
        synchronized (treasure) {
            entered.countDown();
            try {
                leave.await(); // HERE: hold-monitor
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void release(String name) throws InterruptedException {
        CountDownLatch leave = monitors.remove(name);
        if (leave != null) {
            leave.countDown();
        } else {
            Play.release(name);
        }
        Thread thread = threads.remove(name);
        if (thread != Thread.currentThread()) {
            thread.join();
        }
    }

    private void forked(int pid) {
        children.add(pid);
        say("child", pid);
    }

    private void forkAndReturn() {
        int pid = Play.forkAndReturn(); // HERE: play-java-return
        if (pid == 0) {
            Play.leave(STATUS_OF_RETURN);
        }
        forked(pid);
    }

    private void reap() {
        while (!children.isEmpty()) {
            say("status", Play.reap(children.remove()));
        }
    }
}
