package org.forkwitness.report;

/**
 * The allocator at a fork.
 *
 * @param threadsInside how many threads were inside malloc or its kin; null where that was not observed
 */
public record ForkAllocator(Integer threadsInside) {}
