package org.forkwitness.verdict;

import java.util.List;
import org.forkwitness.report.Call;
import org.forkwitness.report.Frame;
import org.forkwitness.report.Verdict;

/** What to do instead, by {@code advice.tsv}. Immutable. */
final class Advice {
    private static final String ANY = "*";

    private static final String LIBRARY = "library:";

    private record Row(List<String> calls, String frame, String code, String advice) {
        boolean fits(Call call, String reason, List<Frame> stack) {
            return (calls.contains(ANY) || calls.contains(call.text()))
                    && (code.equals(ANY) || code.equals(reason))
                    && (frame.equals(ANY) || stack.stream().anyMatch(this::names));
        }

        private boolean names(Frame f) {
            if (frame.startsWith(LIBRARY)) {
                return f.module() != null && RuleTable.matches(frame.substring(LIBRARY.length()), f.module());
            }
            return f.className() != null
                    && (frame.startsWith(ANY)
                            ? f.className().contains(frame.substring(1))
                            : f.className().startsWith(frame));
        }
    }

    private final List<Row> rows;

    private Advice(List<Row> rows) {
        this.rows = rows;
    }

    static Advice load() {
        return new Advice(RuleTable.read("advice.tsv", 5).stream()
                .map(row -> new Row(List.of(row.get(0).split(",")), row.get(1), row.get(2), row.get(3)))
                .toList());
    }

    /**
     * One sentence; null where nothing needs to change or no row fits.
     *
     * @param reason code of the weightiest reason; null where not known
     */
    String of(Call call, Verdict verdict, String reason, List<Frame> stack) {
        if (verdict == Verdict.SAFE) {
            return null;
        }
        return rows.stream()
                .filter(row -> row.fits(call, reason, stack))
                .map(Row::advice)
                .findFirst()
                .orElse(null);
    }
}
