package org.forkwitness.verdict;

import java.util.List;
import org.forkwitness.model.ProcessFork;
import org.forkwitness.report.Verdict;

/** The verdict of a fork, by {@code verdicts.tsv}. Immutable. */
final class VerdictRules {
    private final List<Rule> rules;

    private VerdictRules(List<Rule> rules) {
        this.rules = rules;
    }

    static VerdictRules load() {
        return new VerdictRules(RuleTable.read("verdicts.tsv", 5).stream()
                .map(row -> new Rule(
                        Condition.valueOf(row.get(0)), Verdict.of(row.get(1)).orElseThrow(), row.get(2), row.get(3)))
                .toList());
    }

    /** The rule that decides; there always is one, as the last condition always holds. */
    Rule decide(ProcessFork fork) {
        return rules.stream()
                .filter(rule -> rule.condition().holds(fork))
                .findFirst()
                .orElseThrow();
    }
}
