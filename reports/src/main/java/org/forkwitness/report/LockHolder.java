package org.forkwitness.report;

/**
 * The thread that held a lock.
 *
 * @param thread id of the {@link ThreadInfo}
 * @param tid its kernel thread id
 * @param name its name
 */
public record LockHolder(long thread, long tid, String name) {}
