package org.forkwitness.report;

/**
 * The first thing that stood in the way of a fork when the guard looked.
 *
 * @param thread id of the {@link ThreadInfo}; null where not known
 * @param name its name; null where not known
 * @param lock address of the lock that it held, hexadecimal with 0x; null where it held none
 * @param function the function that it was inside of; null where it was inside of none
 * @param at where it took the lock or called the function; null where not known
 */
public record WaitedFor(Long thread, String name, String lock, String function, Frame at) {}
