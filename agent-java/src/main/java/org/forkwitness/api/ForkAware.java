package org.forkwitness.api;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Objects;

/**
 * Tells the Forkwitness agent that forks need not fear what a thread holds: that nothing which a forked child uses is
 * ever behind its locks. Such a thread is shown with the reason in reports, and {@code guard=} neither waits for it nor
 * refuses a fork because of it. A child that hangs all the same is reported as ever.
 *
 * <p>Without the agent everything here does nothing. All methods may be called by any thread at any time; a mark costs
 * a native call and one record, so mark what stays so, not what changes with every call.
 *
 * <p>A mark belongs to the thread of the operating system. On a virtual thread, which has none of its own, nothing is
 * marked.
 *
 * <pre>{@code
 * try (ForkAware aware = ForkAware.scope("its locks are this thread's alone")) {
 *     watchdog.run();
 * }
 * }</pre>
 */
public final class ForkAware implements AutoCloseable {
    /** {@code Thread.isVirtual} (Java 21), null in older JVMs. */
    private static final MethodHandle IS_VIRTUAL = isVirtualMethod();

    private static final ThreadLocal<String> MARK = new ThreadLocal<>();

    /** The JVM has found no agent so far; an agent may attach later. */
    private static volatile boolean absent;

    private final Thread thread;
    private final String outer;
    private boolean closed;

    private ForkAware(Thread thread, String outer) {
        this.thread = thread;
        this.outer = outer;
    }

    /**
     * Whether the agent is at work in this JVM. Looks again at each call: an agent that attaches is seen by the other
     * methods after this one was called.
     */
    public static boolean isPresent() {
        try {
            boolean works = works();
            absent = false;
            return works;
        } catch (UnsatisfiedLinkError e) {
            absent = true;
            return false;
        }
    }

    /**
     * Forks need not fear the calling thread from now on, until {@link #threadIsNotAware()} or its end.
     *
     * @param reason why, for the report; cut at 200 bytes of UTF-8
     * @return whether the agent has taken note: false without the agent, on a virtual thread, and for an empty reason
     */
    public static boolean threadIsAware(String reason) {
        Objects.requireNonNull(reason, "reason");
        if (reason.isEmpty() || !tell(reason)) {
            return false;
        }
        MARK.set(reason);
        return true;
    }

    /**
     * Forks must fear the calling thread again.
     *
     * @return whether the agent has taken note
     */
    public static boolean threadIsNotAware() {
        MARK.remove();
        return tell(null);
    }

    /**
     * {@link #threadIsAware} until the result is closed, by the same thread; then what held before holds again.
     *
     * @param reason as there
     */
    public static ForkAware scope(String reason) {
        ForkAware scope = new ForkAware(Thread.currentThread(), MARK.get());
        threadIsAware(reason);
        return scope;
    }

    /**
     * Ends the scope; a second call does nothing.
     *
     * @throws IllegalStateException if another thread calls it
     */
    @Override
    public void close() {
        if (Thread.currentThread() != thread) {
            throw new IllegalStateException("the scope was opened by " + thread.getName());
        }
        if (closed) {
            return;
        }
        closed = true;
        if (outer == null) {
            threadIsNotAware();
        } else {
            threadIsAware(outer);
        }
    }

    private static boolean tell(String reason) {
        if (absent || onVirtualThread()) {
            return false;
        }
        try {
            return mark(reason);
        } catch (UnsatisfiedLinkError e) {
            absent = true;
            return false;
        }
    }

    private static boolean onVirtualThread() {
        try {
            return IS_VIRTUAL != null && (boolean) IS_VIRTUAL.invokeExact(Thread.currentThread());
        } catch (Throwable e) {
            throw new IllegalStateException("Thread.isVirtual failed", e);
        }
    }

    private static MethodHandle isVirtualMethod() {
        try {
            return MethodHandles.publicLookup()
                    .findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
        } catch (NoSuchMethodException | IllegalAccessException e) {
            return null;
        }
    }

    /** In the agent: whether it is at work. */
    private static native boolean works();

    /** In the agent: marks the running thread, or takes its mark away where reason is null. */
    private static native boolean mark(String reason);
}
