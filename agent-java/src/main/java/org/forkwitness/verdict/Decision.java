package org.forkwitness.verdict;

import java.util.List;
import org.forkwitness.report.Verdict;

/**
 * What the rules say of a fork.
 *
 * @param verdict the verdict
 * @param reasons why, the weightiest first; never empty
 */
record Decision(Verdict verdict, List<Ground> reasons) {

    /** A rule that holds, with what makes it hold. */
    record Ground(Rule rule, Finding finding) {}

    Decision {
        reasons = List.copyOf(reasons);
    }
}
