package org.forkwitness.verdict;

import java.util.List;
import org.forkwitness.report.Call;
import org.forkwitness.report.Environment;
import org.forkwitness.report.ForkProtection;

/** What makes a state whole again in a child, by {@code protection.tsv} and what is known of the allocator. Immutable. */
final class Protection {
    /** The state that {@code allocators.tsv} is about. */
    static final String ALLOCATOR = "allocator";

    /** The lock of a stream that flockfile takes. */
    static final String FILE_LOCK = "file-lock";

    private static final String ANY = "*";
    private static final String YES = "yes";

    /** Calls that run the fork handlers, and with them those of an allocator (fork(2), forkpty(3), daemon(3)). */
    private static final List<Call> WITH_HANDLERS = List.of(Call.FORK, Call.FORKPTY, Call.DAEMON);

    private record Row(String state, String libc, String since, String before, List<String> calls, boolean mended) {}

    private final List<Row> rows;

    private Protection(List<Row> rows) {
        this.rows = rows;
    }

    static Protection load() {
        return new Protection(RuleTable.read("protection.tsv", 7).stream()
                .map(row -> new Row(
                        row.get(0),
                        row.get(1),
                        row.get(2),
                        row.get(3),
                        List.of(row.get(4).split(",")),
                        row.get(5).equals(YES)))
                .toList());
    }

    /** True where the child of such a call finds this state whole. */
    boolean mends(String state, Environment environment, Call call) {
        if (state.equals(ALLOCATOR)) {
            ForkProtection protection = environment.allocator().forkProtection();
            return WITH_HANDLERS.contains(call)
                    && (protection == ForkProtection.LIBC || protection == ForkProtection.HANDLERS);
        }
        String libc = environment.libc().name();
        String version = environment.libc().version();
        return rows.stream()
                .filter(row -> fits(row.state, state) && fits(row.libc, libc))
                .filter(row -> Version.atLeast(version, row.since) && Version.olderThan(version, row.before))
                .filter(row -> row.calls.contains(ANY) || row.calls.contains(call.text()))
                .findFirst()
                .orElseThrow()
                .mended;
    }

    private static boolean fits(String pattern, String value) {
        return pattern.equals(ANY) || pattern.equals(value);
    }
}
