package org.forkwitness.report;

/**
 * The thread that called fork.
 *
 * @param pid its process
 * @param tid its kernel thread id
 * @param thread its name; null where not known
 */
public record ForkParent(long pid, long tid, String thread) {}
