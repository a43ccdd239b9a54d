package org.forkwitness.report;

/**
 * The allocator at a fork.
 *
 * @param threadsInside how many threads were inside malloc or its kin; null where that was not observed
 * @param figures its own figures of about then; null where it has none
 */
public record ForkAllocator(Integer threadsInside, AllocatorFigures figures) {}
