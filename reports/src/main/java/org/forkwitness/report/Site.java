package org.forkwitness.report;

import java.time.Instant;
import java.util.List;

/**
 * A place in the program that forks: all forks by one call with one stack.
 *
 * @param id number of the site, 1 or more
 * @param verdict the worst verdict of its forks
 * @param call how they were made
 * @param count how many there were
 * @param firstAt the first one
 * @param lastAt the last one
 * @param blame first frame outwards that is neither C library, JDK nor a runtime's plumbing; null where the stack has none
 * @param stack stack of the fork, innermost frame first
 * @param forks ids of its forks that the report keeps in full
 * @param reason one sentence: why it has this verdict
 * @param advice one sentence: what to do instead; null where there is nothing to say
 * @param verdicts how many of its forks have each verdict, suppressed ones included; where the file
 *     does not say, all have the site's own
 * @param suppressed how many of these are suppressed; none where the file does not say
 */
public record Site(
        long id,
        Verdict verdict,
        Call call,
        long count,
        Instant firstAt,
        Instant lastAt,
        Frame blame,
        List<Frame> stack,
        List<Long> forks,
        String reason,
        String advice,
        VerdictCounts verdicts,
        VerdictCounts suppressed) {
    public Site {
        Fields.required(verdict, "sites[].verdict");
        Fields.required(call, "sites[].call");
        Fields.required(firstAt, "sites[].firstAt");
        Fields.required(lastAt, "sites[].lastAt");
        Fields.required(reason, "sites[].reason");
        stack = Fields.list(stack);
        forks = Fields.list(forks);
        verdicts = verdicts == null ? VerdictCounts.NONE.plus(verdict, count) : verdicts;
        suppressed = suppressed == null ? VerdictCounts.NONE : suppressed;
    }
}
