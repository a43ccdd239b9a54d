package org.forkwitness.report;

/**
 * Counts over all forks, also those that the report does not keep in full.
 *
 * @param forks all of them, failed ones included
 * @param verdicts how many have each verdict, suppressed ones included
 * @param suppressed how many of them are suppressed
 * @param lost what did not arrive
 * @param complete true where nothing is missing: no record lost, the stream read to its proper end
 */
public record Summary(long forks, VerdictCounts verdicts, long suppressed, Lost lost, boolean complete) {
    public Summary {
        Fields.required(verdicts, "summary.verdicts");
        Fields.required(lost, "summary.lost");
    }
}
