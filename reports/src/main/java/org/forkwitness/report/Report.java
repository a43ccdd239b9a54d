package org.forkwitness.report;

import java.util.List;
import java.util.Optional;

/**
 * A whole report: the object that a report file holds.
 *
 * @param schema name and version of this form, always {@value #SCHEMA}
 * @param process the watched process
 * @param environment what decides about the rules: C library, allocator
 * @param summary counts over all forks, also those that are not kept in {@code forks}
 * @param forkHandlers registered fork handlers, in the order of registration
 * @param threads the threads that were alive at a fork that the report keeps
 * @param sites forks grouped by their stack, in the order of their ids
 * @param forks the forks that are kept in full, in the order of their ids
 * @param notes sentences that say what limits this report, "libdw not found: no lines" for example
 * @param lastState the process as it was last seen; null where it was not looked at yet
 */
public record Report(
        String schema,
        ProcessInfo process,
        Environment environment,
        Summary summary,
        List<ForkHandler> forkHandlers,
        List<ThreadInfo> threads,
        List<Site> sites,
        List<Fork> forks,
        List<String> notes,
        LastState lastState) {
    public Report {
        Fields.required(schema, "report.schema");
        Fields.required(process, "report.process");
        Fields.required(environment, "report.environment");
        Fields.required(summary, "report.summary");
        forkHandlers = Fields.list(forkHandlers);
        threads = Fields.list(threads);
        sites = Fields.list(sites);
        forks = Fields.list(forks);
        notes = Fields.list(notes);
    }

    /** The schema that this software writes and understands. */
    public static final String SCHEMA = "forkwitness/1";

    /** The thread with this id. */
    public Optional<ThreadInfo> thread(long id) {
        return threads.stream().filter(t -> t.id() == id).findFirst();
    }

    /** The site with this id. */
    public Optional<Site> site(long id) {
        return sites.stream().filter(s -> s.id() == id).findFirst();
    }

    /** The fork with this id, if the report keeps it. */
    public Optional<Fork> fork(long id) {
        return forks.stream().filter(f -> f.id() == id).findFirst();
    }
}
