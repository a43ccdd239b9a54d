package org.forkwitness.report;

/**
 * What decides which rules hold for the process.
 *
 * @param arch machine, as {@code uname -m} gives it
 * @param kernel release, as {@code uname -r} gives it
 * @param libc the C library
 * @param allocator what stands behind malloc
 */
public record Environment(String arch, String kernel, LibC libc, Allocator allocator) {
    public Environment {
        Fields.required(libc, "environment.libc");
        Fields.required(allocator, "environment.allocator");
    }
}
