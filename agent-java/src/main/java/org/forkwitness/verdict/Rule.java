package org.forkwitness.verdict;

import org.forkwitness.report.Verdict;

/**
 * One row of {@code verdicts.tsv}.
 *
 * @param condition when it holds
 * @param alone true where it speaks only if no row before gave a verdict
 * @param verdict what it makes of a fork; null where it decides nothing
 * @param code the reason's code in the report
 * @param sentence the reason, with names in braces for what was recorded
 */
record Rule(Condition condition, boolean alone, Verdict verdict, String code, String sentence) {}
