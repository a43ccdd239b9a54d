package org.forkwitness.verdict;

import org.forkwitness.report.Verdict;

/**
 * One row of {@code verdicts.tsv}.
 *
 * @param condition when it holds
 * @param verdict what it makes of a fork
 * @param code the reason's code in the report
 * @param sentence the reason, with names in braces for what was recorded
 */
record Rule(Condition condition, Verdict verdict, String code, String sentence) {}
