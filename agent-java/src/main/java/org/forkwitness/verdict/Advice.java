package org.forkwitness.verdict;

import java.util.List;
import org.forkwitness.report.Call;
import org.forkwitness.report.Frame;
import org.forkwitness.report.Verdict;

/** What to do instead, by {@code advice.tsv}. Immutable. */
final class Advice {
    private static final String ANY = "*";

    private record Row(List<String> calls, String frame, String advice) {
        boolean fits(Call call, List<Frame> stack) {
            return (calls.contains(ANY) || calls.contains(call.text()))
                    && (frame.equals(ANY)
                            || stack.stream().anyMatch(f -> f.className() != null && names(f.className())));
        }

        private boolean names(String className) {
            return frame.startsWith(ANY) ? className.contains(frame.substring(1)) : className.startsWith(frame);
        }
    }

    private final List<Row> rows;

    private Advice(List<Row> rows) {
        this.rows = rows;
    }

    static Advice load() {
        return new Advice(RuleTable.read("advice.tsv", 4).stream()
                .map(row -> new Row(List.of(row.get(0).split(",")), row.get(1), row.get(2)))
                .toList());
    }

    /** One sentence; null where nothing needs to change or no row fits. */
    String of(Call call, Verdict verdict, List<Frame> stack) {
        if (verdict == Verdict.SAFE) {
            return null;
        }
        return rows.stream()
                .filter(row -> row.fits(call, stack))
                .map(Row::advice)
                .findFirst()
                .orElse(null);
    }
}
