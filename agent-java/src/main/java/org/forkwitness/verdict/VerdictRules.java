package org.forkwitness.verdict;

import java.util.ArrayList;
import java.util.List;
import org.forkwitness.report.Verdict;

/** The verdict of a fork, by {@code verdicts.tsv}. Immutable. */
final class VerdictRules {
    private static final String ALONE = "alone";
    private static final String NO_VERDICT = "-";

    private final List<Rule> rules;

    private VerdictRules(List<Rule> rules) {
        this.rules = rules;
    }

    static VerdictRules load() {
        return new VerdictRules(RuleTable.read("verdicts.tsv", 6).stream()
                .map(row -> new Rule(
                        Condition.valueOf(row.get(0)),
                        row.get(1).equals(ALONE),
                        row.get(2).equals(NO_VERDICT)
                                ? null
                                : Verdict.of(row.get(2)).orElseThrow(),
                        row.get(3),
                        row.get(4)))
                .toList());
    }

    List<Rule> rules() {
        return rules;
    }

    /** Goes through the rules; some rule always decides, as the last condition with a verdict always holds. */
    Decision decide(Evidence evidence) {
        Verdict verdict = null;
        List<Decision.Ground> grounds = new ArrayList<>(2);
        for (Rule rule : rules) {
            if (rule.alone() && verdict != null) {
                continue;
            }
            for (Finding finding : rule.condition().find(evidence)) {
                grounds.add(new Decision.Ground(rule, finding));
                verdict = verdict == null ? rule.verdict() : verdict;
            }
        }
        if (verdict == null) {
            throw new IllegalStateException("verdicts.tsv: no row decides");
        }
        return new Decision(verdict, grounds);
    }
}
