package org.forkwitness.report;

/**
 * What stands behind malloc.
 *
 * @param name which allocator
 * @param version its version; null where not known
 * @param library the file that holds it; null where not known
 * @param forkProtection what makes it whole again in a child
 * @param knownBy how that is known; null where nobody said so
 * @param figures its own figures, the last ones; null where it has none
 */
public record Allocator(
        AllocatorName name,
        String version,
        String library,
        ForkProtection forkProtection,
        String knownBy,
        AllocatorFigures figures) {
    public Allocator {
        Fields.required(name, "environment.allocator.name");
        Fields.required(forkProtection, "environment.allocator.forkProtection");
    }
}
