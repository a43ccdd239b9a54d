package org.forkwitness.report;

import java.time.Instant;

/**
 * What an allocator tells of itself.
 *
 * @param at when it was asked
 * @param arenas heaps that it keeps apart for its threads; null where it does not tell
 * @param allocatedBytes bytes that the program has from it; null where it does not tell
 * @param mappedBytes bytes that it has from the kernel; null where it does not tell
 */
public record AllocatorFigures(Instant at, Long arenas, Long allocatedBytes, Long mappedBytes) {
    public AllocatorFigures {
        Fields.required(at, "allocator.figures.at");
    }
}
