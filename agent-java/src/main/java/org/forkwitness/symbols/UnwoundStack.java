package org.forkwitness.symbols;

/**
 * The stack of a vanished thread, unwound: what is kept of it once its bytes are dropped.
 *
 * @param thread the thread
 * @param epoch in which the addresses hold
 * @param pcs return addresses, innermost first: that of the call that took the lock or entered the function, and so on
 * @param javaFrames method, bci, method, bci, ...
 * @param python ids of its Python frames, innermost first
 */
public record UnwoundStack(long thread, long epoch, long[] pcs, long[] javaFrames, long[] python) {}
