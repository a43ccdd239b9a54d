package org.forkwitness.report;

import java.time.Instant;
import java.util.List;

/**
 * The watched process.
 *
 * @param pid its process id, in its own pid namespace
 * @param ppid its parent's
 * @param host host name
 * @param command its command line, one argument an element
 * @param jvm the JVM in it; null where none has said so yet
 * @param startedAt start of the process
 * @param endedAt its end; null while it runs and where the end was not seen
 * @param end how it ended
 * @param options the agent's options, as given; empty for none
 */
public record ProcessInfo(
        long pid,
        long ppid,
        String host,
        List<String> command,
        JvmInfo jvm,
        Instant startedAt,
        Instant endedAt,
        ProcessEnd end,
        String options) {
    public ProcessInfo {
        Fields.required(startedAt, "process.startedAt");
        Fields.required(end, "process.end");
        command = Fields.list(command);
    }
}
