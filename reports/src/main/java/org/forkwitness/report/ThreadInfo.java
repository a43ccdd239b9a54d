package org.forkwitness.report;

import java.time.Instant;
import java.util.List;

/**
 * A thread of the watched process.
 *
 * @param id the report's number of it, 1 or more; unlike a tid it is never used again
 * @param tid the kernel's thread id
 * @param name its last known name
 * @param kind whose it is
 * @param startedAt its start; null where it was older than the agent
 * @param endedAt its end; null while it lives
 * @param createdBy stack of its creation, innermost frame first; null where that was not seen
 * @param createdFrom library or class that created it, or {@code unknown}
 * @param forkAware why it is known not to mind a fork; null where nobody said so
 */
public record ThreadInfo(
        long id,
        long tid,
        String name,
        ThreadKind kind,
        Instant startedAt,
        Instant endedAt,
        List<Frame> createdBy,
        String createdFrom,
        String forkAware) {
    public ThreadInfo {
        Fields.required(name, "threads[].name");
        Fields.required(kind, "threads[].kind");
        createdBy = Fields.listOrNull(createdBy);
    }
}
